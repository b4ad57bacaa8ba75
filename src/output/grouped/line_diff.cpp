// SPDX-License-Identifier: MIT
// Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986) on what is left between a common beginning and end.
#include "output/grouped/line_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace muster::output {

namespace {

constexpr std::size_t context = 3;  // unchanged lines around a change

using lines = std::vector<std::string_view>;

/// With their line feeds: a last line without one is another line.
lines lines_of(std::string_view text) {
    lines all;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        auto const size = std::min(line.size() + 1, text.size());
        all.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return all;
}

using line_span = std::span<std::string_view const>;
using number_span = std::span<int const>;

constexpr int unknown = -1;  // the number of a line that the base has not

enum class kind : char { same = ' ', removed = '-', added = '+' };

struct edit {
    kind what;
    std::size_t before;  // lines of the two texts that stand in front of it
    std::size_t after;
};

/// The paths of the algorithm, one for each number of changes, and the way back through them.
class shortest_edit {
  public:
    shortest_edit(number_span before, number_span after) : before_(before), after_(after) {}

    /// False: more than `most` changes.
    bool find(std::size_t most) {
        auto const limit = static_cast<long>(std::min(most, before_.size() + after_.size()));
        std::vector<long> furthest(static_cast<std::size_t>(2 * limit + 3), 0);
        origin_ = limit + 1;
        for (long changes = 0; changes <= limit; ++changes) {
            paths_.push_back(furthest);
            if (advance(furthest, changes)) return true;
        }
        return false;
    }

    /// Last edit first.
    std::vector<edit> edits() const {
        std::vector<edit> all;
        auto x = static_cast<long>(before_.size()), y = static_cast<long>(after_.size());
        for (auto changes = static_cast<long>(paths_.size()) - 1; changes >= 0; --changes) {
            auto const& furthest = paths_[static_cast<std::size_t>(changes)];
            auto const diagonal = x - y;
            bool const down = goes_down(furthest, diagonal, changes);
            auto const from = changes == 0 ? 0 : down ? diagonal + 1 : diagonal - 1;
            auto const from_x = changes == 0 ? 0 : at(furthest, from);
            auto const from_y = changes == 0 ? 0 : from_x - from;
            while (x > from_x && y > from_y) {
                --x, --y;
                all.push_back({kind::same, static_cast<std::size_t>(x), static_cast<std::size_t>(y)});
            }
            if (changes == 0) break;
            all.push_back({down ? kind::added : kind::removed, static_cast<std::size_t>(from_x),
                           static_cast<std::size_t>(from_y)});
            x = from_x, y = from_y;
        }
        return all;
    }

  private:
    long at(std::vector<long> const& furthest, long diagonal) const {
        return furthest[static_cast<std::size_t>(origin_ + diagonal)];
    }

    bool goes_down(std::vector<long> const& furthest, long diagonal, long changes) const {
        return diagonal == -changes || (diagonal != changes && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
    }

    bool advance(std::vector<long>& furthest, long changes) const {
        auto const n = static_cast<long>(before_.size()), m = static_cast<long>(after_.size());
        for (long diagonal = -changes; diagonal <= changes; diagonal += 2) {
            auto x =
                goes_down(furthest, diagonal, changes) ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
            auto y = x - diagonal;
            while (x < n && y < m && x >= 0 && y >= 0 &&
                   before_[static_cast<std::size_t>(x)] == after_[static_cast<std::size_t>(y)])
                ++x, ++y;
            furthest[static_cast<std::size_t>(origin_ + diagonal)] = x;
            if (x >= n && y >= m) return true;
        }
        return false;
    }

    number_span before_;
    number_span after_;
    long origin_ = 0;
    std::vector<std::vector<long>> paths_;
};

/// The first line and how many, as a unified diff has them: a single one without its count.
std::string range_of(std::size_t index, std::size_t count) {
    if (count == 1) return std::to_string(index + 1);
    return fmt::format("{},{}", index + (count > 0 ? 1 : 0), count);
}

void append_hunk(std::string& to, std::vector<edit> const& edits, std::size_t begin, std::size_t end, line_span before,
                 line_span after, std::size_t skipped) {
    std::size_t removed = 0, added = 0;
    for (auto i = begin; i < end; ++i) {
        removed += edits[i].what != kind::added;
        added += edits[i].what != kind::removed;
    }
    to += fmt::format("@@ -{} +{} @@\n", range_of(skipped + edits[begin].before, removed),
                      range_of(skipped + edits[begin].after, added));
    for (auto i = begin; i < end; ++i) {
        auto const& edit = edits[i];
        to += static_cast<char>(edit.what);
        auto const line = edit.what == kind::added ? after[edit.after] : before[edit.before];
        to += line;
        if (!line.ends_with('\n')) ((to += '\n') += no_line_end) += '\n';
    }
}

/// Changes that stand close together share a hunk.
std::string hunks(std::vector<edit> const& edits, line_span before, line_span after, std::size_t skipped) {
    std::string text;
    auto const changed = [&](std::size_t i) { return edits[i].what != kind::same; };
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (!changed(i)) continue;
        auto const begin = i - std::min(i, context);
        auto last = i;
        for (auto j = i; j < edits.size() && j <= last + 2 * context; ++j)
            if (changed(j)) last = j;
        auto const end = std::min(edits.size(), last + 1 + context);
        append_hunk(text, edits, begin, end, before, after, skipped);
        i = end - 1;
    }
    return text;
}

std::size_t common_begin(line_span before, line_span after) {
    auto const [end, ignored] = std::ranges::mismatch(before, after);
    return static_cast<std::size_t>(end - before.begin());
}

std::size_t common_end(line_span before, line_span after) {
    std::size_t count = 0;
    while (count < before.size() && count < after.size() &&
           before[before.size() - 1 - count] == after[after.size() - 1 - count])
        ++count;
    return count;
}

}  // namespace

diff_base::diff_base(std::string text) : text_(std::move(text)), lines_(lines_of(text_)) {
    numbers_.reserve(lines_.size());
    for (auto const line : lines_)
        numbers_.push_back(known_.try_emplace(line, static_cast<int>(known_.size())).first->second);
}

/// Whatever the order of the lines, those that only one of the texts has are removed or added: where these are too many
/// no path is looked for.
std::optional<std::vector<int>> diff_base::numbers_of(line_span after, number_span before, std::size_t most) const {
    std::vector<int> left(known_.size());
    for (auto const number : before) ++left[static_cast<std::size_t>(number)];
    auto least = static_cast<long>(before.size()) - static_cast<long>(after.size());
    std::vector<int> numbers;
    for (auto const line : after) {
        auto const found = known_.find(line);
        numbers.push_back(found == known_.end() ? unknown : found->second);
        bool const is_there = found != known_.end() && left[static_cast<std::size_t>(found->second)]-- > 0;
        if (!is_there) least += 2;
        if (least > static_cast<long>(most)) return std::nullopt;
    }
    return numbers;
}

std::optional<std::string> diff_base::diff(std::string_view text, std::size_t most) const {
    auto const all = lines_of(text);
    line_span before = lines_, after = all;
    if (std::max(before.size(), after.size()) - std::min(before.size(), after.size()) > most) return std::nullopt;
    auto const same = common_begin(before, after);
    auto const skipped = same - std::min(same, context);
    before = before.subspan(skipped);
    after = after.subspan(skipped);
    auto const tail = common_end(before, after);
    auto const cut = tail - std::min(tail, context);
    before = before.first(before.size() - cut);
    after = after.first(after.size() - cut);
    auto const a = number_span(numbers_).subspan(skipped, before.size());
    auto const b = numbers_of(after, a, most);
    if (!b) return std::nullopt;
    shortest_edit path(a, *b);
    if (!path.find(most)) return std::nullopt;
    auto edits = path.edits();
    std::reverse(edits.begin(), edits.end());
    return hunks(edits, before, after, skipped);
}

}  // namespace muster::output
