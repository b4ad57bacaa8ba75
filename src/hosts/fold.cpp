// SPDX-License-Identifier: MIT
// Folding: labels back into range notation, in as many dimensions as the names have numbers.
//
// Labels are cut at their numbers. Those with the same text around the numbers form a family, and each of them is a
// point in the space of its numbers. Numbers that are the same in the whole family count as text. Then boxes of points
// are merged along one axis after the other, for several orders of the axes, and the shortest notation is taken.
#include "hosts/fold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <unordered_map>

#include <muster/host.hpp>

#include "hosts/number_range.hpp"

namespace muster {
namespace {

using hosts::is_digit;

/// A number and the digits it was written with: 7 and "007" are two.
struct number {
    std::uint64_t value = 0;
    std::size_t digits = 0;
    auto operator<=>(number const&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
};

using numbers = std::vector<number>;  // sorted, each once

/// The part of a label that may be folded: not the user, not the port, nothing of an IPv6 address or of odd text.
std::pair<std::size_t, std::size_t> name_bounds(std::string_view label) {
    if (label.find_first_of("[],") != std::string_view::npos) return {0, 0};
    auto const position = label.rfind('@');
    auto const begin = position == std::string_view::npos ? 0 : position + 1;
    auto const colon = label.find(':', begin);
    if (colon == std::string_view::npos) return {begin, label.size()};
    if (label.find(':', colon + 1) != std::string_view::npos) return {0, 0};
    return {begin, colon};
}

constexpr char hole = '\n';  // stands for a number; no label holds it

/// Cuts a label into its text, with a hole for each number, and the numbers.
void cut(std::string_view label, std::string& text, numbers& found) {
    auto const [begin, end] = name_bounds(label);
    text.assign(label.substr(0, begin));
    found.clear();
    for (auto position = begin; position < end;) {
        auto stop = position;
        while (stop < end && is_digit(label[stop]) == is_digit(label[position])) ++stop;
        bool const is_number = is_digit(label[position]) && stop - position <= hosts::max_digits;
        if (is_number) {
            auto& last = found.emplace_back(number{0, stop - position});
            std::from_chars(label.data() + position, label.data() + stop, last.value);
            text += hole;
        } else {
            text += label.substr(position, stop - position);
        }
        position = stop;
    }
    text += label.substr(end);
}

std::size_t digits_of(std::uint64_t value) {
    std::size_t count = 1;
    for (; value >= 10; value /= 10) ++count;
    return count;
}

/// Digits grouped by their padding: "10" goes with "09" when that is there, and with "9" otherwise.
std::map<std::size_t, std::vector<std::uint64_t>> by_width(numbers const& all) {
    std::map<std::size_t, std::vector<std::uint64_t>> groups;
    auto const is_padded = [](number const& each) { return each.digits > 1 && each.digits > digits_of(each.value); };
    groups.try_emplace(0);
    for (auto const& each : all)
        if (!groups.contains(each.digits) && is_padded(each)) groups.try_emplace(each.digits);
    for (auto const& each : all) std::prev(groups.upper_bound(each.digits))->second.push_back(each.value);
    return groups;
}

void append_spans(std::string& out, std::vector<std::uint64_t> const& values, std::size_t width) {
    for (auto found = values.begin(); found != values.end();) {
        auto const low = *found;
        auto high = low;
        while (++found != values.end() && *found == high + 1) ++high;
        fmt::format_to(std::back_inserter(out), "{}{:0{}}", out.empty() ? "" : ",", low, width);
        if (high != low) fmt::format_to(std::back_inserter(out), "-{:0{}}", high, width);
    }
}

std::string notation(numbers const& all) {
    if (all.size() == 1) return fmt::format("{:0{}}", all.front().value, all.front().digits);
    std::string out;
    for (auto const& [width, values] : by_width(all)) append_spans(out, values, width);
    return '[' + out + ']';
}

/// In order, each once.
void arrange(numbers& set) {
    if (!std::ranges::is_sorted(set)) std::ranges::sort(set);
    set.erase(std::unique(set.begin(), set.end()), set.end());
}

/// Sets of numbers, each kept once and known by its index.
class number_sets {
  public:
    std::uint32_t id_of(numbers set) {
        arrange(set);
        auto const [at, is_new] = ids_.try_emplace(std::move(set), static_cast<std::uint32_t>(sets_.size()));
        if (is_new) sets_.push_back(&at->first);
        return at->second;
    }

    numbers const& operator[](std::uint32_t id) const { return *sets_[id]; }

  private:
    std::map<numbers, std::uint32_t> ids_;
    std::vector<numbers const*> sets_;
};

/// A box of points: a set of numbers on each axis. `first` is the place of its first label in the input.
struct box {
    std::vector<std::uint32_t> sides;
    std::size_t first;
};

struct hash_sides {
    std::size_t operator()(std::vector<std::uint32_t> const& sides) const {
        std::size_t hash = sides.size();
        for (auto const side : sides) hash = (hash ^ side) * std::size_t{0x9e3779b97f4a7c15} + (hash >> 29);
        return hash;
    }
};

/// Merges the boxes that differ on `axis` alone.
std::vector<box> merge(std::vector<box> boxes, std::size_t axis, number_sets& sets) {
    std::unordered_map<std::vector<std::uint32_t>, std::size_t, hash_sides> known;
    std::vector<box> out;
    std::vector<numbers> merged;
    for (auto& each : boxes) {
        auto key = each.sides;
        key[axis] = 0;
        auto const [at, is_new] = known.try_emplace(std::move(key), out.size());
        auto const& side = sets[each.sides[axis]];
        if (is_new) {
            merged.push_back(side);
            out.push_back(std::move(each));
        } else {
            auto& numbers_of_it = merged[at->second];
            numbers_of_it.insert(numbers_of_it.end(), side.begin(), side.end());
            out[at->second].first = std::min(out[at->second].first, each.first);
        }
    }
    if (out.size() == boxes.size()) return out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i].sides[axis] = sets.id_of(std::move(merged[i]));
    return out;
}

/// Labels with the same text around their numbers.
struct family {
    std::string text;
    numbers points;  ///< those of the first label, of the second, ...
    std::vector<std::size_t> firsts;
};

struct item {
    std::size_t first;
    std::string text;
};

class family_fold {
  public:
    explicit family_fold(family const& of) : family_(of), axes_(count_holes()) { find_varying(); }

    std::vector<item> run() {
        if (varying_.size() == 1) return {{family_.firsts.front(), text_with(varying_.front(), notation_of_axis())}};
        std::vector<item> best;
        std::size_t best_length = 0;
        for (auto const& order : orders()) {
            auto items = fold_in(order);
            auto const length =
                std::accumulate(items.begin(), items.end(), items.size(),
                                [](std::size_t sum, item const& each) { return sum + each.text.size(); });
            if (best.empty() || length < best_length) {
                best = std::move(items);
                best_length = length;
            }
        }
        return best;
    }

  private:
    std::size_t count_holes() const { return static_cast<std::size_t>(std::ranges::count(family_.text, hole)); }

    number const& at(std::size_t label, std::size_t axis) const { return family_.points[label * axes_ + axis]; }

    void find_varying() {
        for (std::size_t axis = 0; axis < axes_; ++axis)
            for (std::size_t label = 1; label < family_.firsts.size(); ++label)
                if (at(label, axis) != at(0, axis)) {
                    varying_.push_back(axis);
                    break;
                }
    }

    /// The last axis first, as people count; then others, as long as that costs little.
    std::vector<std::vector<std::size_t>> orders() const {
        std::vector<std::size_t> order(varying_.size());
        std::iota(order.rbegin(), order.rend(), std::size_t{0});
        std::vector<std::vector<std::size_t>> out{order};
        bool const is_small = order.size() <= 3 || family_.firsts.size() <= 100;
        auto const most = !is_small || family_.firsts.size() > 50'000 ? 2 : std::size_t{24};
        while (out.size() < most && std::ranges::prev_permutation(order).found) out.push_back(order);
        return out;
    }

    std::vector<item> fold_in(std::vector<std::size_t> const& order) {
        auto boxes = points();
        for (std::size_t before = 0; before != boxes.size();) {
            before = boxes.size();
            for (auto const axis : order) boxes = merge(std::move(boxes), axis, sets_);
        }
        std::vector<item> items;
        items.reserve(boxes.size());
        for (auto const& each : boxes) items.push_back({each.first, text_of(each)});
        return items;
    }

    std::vector<box> points() {
        std::vector<box> boxes(family_.firsts.size());
        for (std::size_t label = 0; label < boxes.size(); ++label) {
            boxes[label].first = family_.firsts[label];
            for (auto const axis : varying_) boxes[label].sides.push_back(sets_.id_of({at(label, axis)}));
        }
        return boxes;
    }

    std::string text_of(box const& of) const {
        std::size_t side = 0;
        return filled([&](std::size_t axis) {
            bool const varies = side < varying_.size() && varying_[side] == axis;
            return varies ? notation(sets_[of.sides[side++]]) : notation({at(0, axis)});
        });
    }

    /// The most usual family, with one number that differs, is one box: no other way to fold it has to be tried.
    std::string notation_of_axis() const {
        numbers all(family_.firsts.size());
        for (std::size_t label = 0; label < all.size(); ++label) all[label] = at(label, varying_.front());
        arrange(all);
        return notation(all);
    }

    std::string text_with(std::size_t varying, std::string const& folded) const {
        return filled([&](std::size_t axis) { return axis == varying ? folded : notation({at(0, axis)}); });
    }

    /// The family's text, with `notation_at(axis)` in each hole.
    template <class Notation>
    std::string filled(Notation const& notation_at) const {
        std::string out;
        std::size_t axis = 0;
        for (char const c : family_.text) {
            if (c == hole) {
                out += notation_at(axis++);
            } else {
                out += c;
            }
        }
        return out;
    }

    family const& family_;
    std::size_t axes_;
    std::vector<std::size_t> varying_;
    number_sets sets_;
};

template <class Label>
std::vector<family> families_of(std::span<Label const> labels) {
    std::vector<family> out;
    std::unordered_map<std::string, std::size_t> known;
    std::string text;
    numbers found;
    std::size_t last = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        cut(labels[i], text, found);
        if (out.empty() || out[last].text != text) {  // neighbours mostly are of one family
            auto const [at, is_new] = known.try_emplace(text, out.size());
            if (is_new) out.push_back({text, {}, {}});
            last = at->second;
        }
        auto& into = out[last];
        into.points.insert(into.points.end(), found.begin(), found.end());
        into.firsts.push_back(i);
    }
    return out;
}

bool has_order_of(std::string const& folded, std::span<std::string_view const> labels) {
    auto const same = [](host const& host, std::string_view label) { return host.label() == label; };
    try {
        return std::ranges::equal(parse_hosts(folded), labels, same);
    } catch (host_syntax_error const&) {
        return false;
    }
}

/// They differ in numbers that grow.
bool may_follow(std::string_view before, std::string_view label) {
    std::array const pair{before, label};
    auto const folded = hosts::fold(pair);
    return folded.find('[') != std::string::npos && has_order_of(folded, pair);
}

template <class Label>
std::string folded(std::span<Label const> labels) {
    std::vector<item> items;
    for (auto const& each : families_of(labels)) {
        auto folded = family_fold(each).run();
        std::move(folded.begin(), folded.end(), std::back_inserter(items));
    }
    std::ranges::sort(items, {}, &item::first);
    std::string out;
    for (auto const& each : items) {
        if (!out.empty()) out += ',';
        out += each.text;
    }
    return out;
}

}  // namespace

std::string fold(std::span<std::string const> labels) {
    return folded(labels);
}

std::string hosts::fold(std::span<std::string_view const> labels) {
    return folded(labels);
}

std::string hosts::fold_in_order(std::span<std::string_view const> labels) {
    auto out = fold(labels);
    if (has_order_of(out, labels)) return out;
    out.clear();
    for (std::size_t begin = 0, end = 0; begin < labels.size(); begin = end) {
        for (end = begin + 1; end < labels.size() && may_follow(labels[end - 1], labels[end]);) ++end;
        auto const piece = labels.subspan(begin, end - begin);
        auto const text = fold(piece);
        if (!out.empty()) out += ',';
        out += has_order_of(text, piece) ? text : fmt::format("{}", fmt::join(piece, ","));
    }
    return out;
}

}  // namespace muster
