// SPDX-License-Identifier: MIT
// Folding: labels back into range notation.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <unordered_map>

#include <muster/host.hpp>

namespace muster {
namespace {

/// A label cut at its numbers: even parts are text, odd ones a number or, once folded, a range of them.
using shape = std::vector<std::string>;

constexpr std::size_t max_digits = 18;  // longer ones stay text; any number of that length fits std::uint64_t

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The part of a label that may be folded: not the user, not the port, nothing of an IPv6 address or of odd text.
std::pair<std::size_t, std::size_t> name_bounds(std::string_view label) {
    if (label.find_first_of("[],") != std::string_view::npos) return {0, 0};
    auto const at = label.rfind('@');
    auto const begin = at == std::string_view::npos ? 0 : at + 1;
    auto const colon = label.find(':', begin);
    if (colon == std::string_view::npos) return {begin, label.size()};
    if (label.find(':', colon + 1) != std::string_view::npos) return {0, 0};
    return {begin, colon};
}

shape cut(std::string_view label) {
    auto const [begin, end] = name_bounds(label);
    shape out{std::string(label.substr(0, begin))};
    for (auto at = begin; at < end;) {
        auto const stop =
            static_cast<std::size_t>(std::find_if(label.begin() + static_cast<std::ptrdiff_t>(at),
                                                  label.begin() + static_cast<std::ptrdiff_t>(end),
                                                  [&](char c) { return is_digit(c) != is_digit(label[at]); }) -
                                     label.begin());
        auto const text = label.substr(at, stop - at);
        if (is_digit(label[at]) && text.size() <= max_digits)
            out.insert(out.end(), {std::string(text), std::string()});
        else
            out.back() += text;
        at = stop;
    }
    out.back() += label.substr(end);
    return out;
}

// What the numbers of one range must share: every part but the one at `hole`.
std::string key_without(shape const& one, std::size_t hole) {
    std::string key;
    for (std::size_t i = 0; i < one.size(); ++i) {
        if (i != hole) key += one[i];
        key += '\n';
    }
    return key;
}

// Digits grouped by their padding: "10" goes with "09" when that is there, and with "9" otherwise.
std::map<std::size_t, std::set<std::uint64_t>> by_width(std::set<std::string> const& numbers) {
    std::map<std::size_t, std::set<std::uint64_t>> groups;
    for (auto const& digits : numbers)
        if (digits.size() > 1 && digits.front() == '0') groups.try_emplace(digits.size());
    groups.try_emplace(0);
    for (auto const& digits : numbers) {
        std::uint64_t value = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        std::prev(groups.upper_bound(digits.size()))->second.insert(value);
    }
    return groups;
}

void append_spans(std::string& out, std::set<std::uint64_t> const& values, std::size_t width) {
    for (auto it = values.begin(); it != values.end();) {
        auto const low = *it;
        auto high = low;
        while (++it != values.end() && *it == high + 1) ++high;
        fmt::format_to(std::back_inserter(out), "{}{:0{}}", out.empty() ? "" : ",", low, width);
        if (high != low) fmt::format_to(std::back_inserter(out), "-{:0{}}", high, width);
    }
}

std::string range_of(std::set<std::string> const& numbers) {
    if (numbers.size() == 1) return *numbers.begin();
    std::string out;
    for (auto const& [width, values] : by_width(numbers)) append_spans(out, values, width);
    return '[' + out + ']';
}

// Merges the shapes that differ only in the number at `hole`.
std::vector<shape> merge(std::vector<shape> shapes, std::size_t hole) {
    std::vector<shape> out;
    std::vector<std::set<std::string>> numbers;
    std::unordered_map<std::string, std::size_t> known;
    for (auto& one : shapes) {
        auto const foldable = hole < one.size();
        auto number = foldable ? one[hole] : std::string();
        auto const [at, is_new] =
            foldable ? known.try_emplace(key_without(one, hole), out.size()) : std::pair{known.end(), true};
        auto const index = is_new ? out.size() : at->second;
        if (is_new) {
            out.push_back(std::move(one));
            numbers.emplace_back();
        }
        if (foldable) numbers[index].insert(std::move(number));
    }
    for (std::size_t i = 0; i < out.size(); ++i)
        if (!numbers[i].empty()) out[i][hole] = range_of(numbers[i]);
    return out;
}

}  // namespace

std::string fold(std::span<std::string const> labels) {
    std::vector<shape> shapes;
    std::size_t longest = 1;
    for (auto const& label : labels) {
        shapes.push_back(cut(label));
        longest = std::max(longest, shapes.back().size());
    }
    for (auto hole = longest; hole-- > 0;)
        if (hole % 2 == 1) shapes = merge(std::move(shapes), hole);
    std::string out;
    for (auto const& one : shapes) {
        if (!out.empty()) out += ',';
        for (auto const& part : one) out += part;
    }
    return out;
}

}  // namespace muster
