// SPDX-License-Identifier: MIT
// Finds where names that look alike differ, and cuts elsewhere.
#include "output/words/distinct_names.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "output/terminal/text_width.hpp"

namespace muster::output {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_inside_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u;
}

struct common_ends {
    std::size_t front, back;  ///< bytes
};

/// What all of them begin and end with; the ends of the shortest do not overlap.
common_ends common_ends_of(std::vector<std::string> const& names) {
    auto const& first = names.front();
    common_ends ends{first.size(), first.size()};
    for (auto const& name : names) {
        auto const front = std::mismatch(first.begin(), first.end(), name.begin(), name.end()).first;
        ends.front = std::min(ends.front, static_cast<std::size_t>(front - first.begin()));
    }
    for (auto const& name : names) {
        auto const back = std::mismatch(first.rbegin(), first.rend(), name.rbegin(), name.rend()).first;
        ends.back = std::min({ends.back, static_cast<std::size_t>(back - first.rbegin()), name.size() - ends.front});
    }
    return ends;
}

/// No number and no character is cut.
std::string around_difference(std::string const& name, common_ends ends, std::size_t columns,
                              std::string_view ellipsis) {
    auto first = ends.front, last = name.size() - ends.back;
    while (first > 0 && (is_digit(name[first - 1]) || is_inside_character(name[first]))) --first;
    while (last < name.size() && (is_digit(name[last]) || is_inside_character(name[last]))) ++last;
    return shortened_around(name, first, last, columns, ellipsis);
}

void tell_apart(std::vector<std::string>& shown, std::vector<std::size_t> const& alike,
                std::vector<std::string> const& names, std::size_t columns, std::string_view ellipsis) {
    auto const ends = common_ends_of(names);
    std::unordered_set<std::string> different;
    std::vector<std::string> cut;
    for (auto const& name : names) different.insert(cut.emplace_back(around_difference(name, ends, columns, ellipsis)));
    bool const is_enough = different.size() == names.size();
    for (std::size_t i = 0; i < alike.size(); ++i) shown[alike[i]] = is_enough ? cut[i] : names[i];
}

}  // namespace

void keep_distinct(std::vector<std::string>& shown, std::function<std::string(std::size_t)> const& name_of,
                   std::size_t columns, std::string_view ellipsis) {
    std::unordered_map<std::string, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < shown.size(); ++i)
        if (shown[i].find(ellipsis) != std::string::npos) places[shown[i]].push_back(i);
    for (auto const& [text, alike] : places) {
        if (alike.size() == 1) continue;
        std::vector<std::string> names;
        for (auto const index : alike) names.push_back(name_of(index));
        tell_apart(shown, alike, names, columns, ellipsis);
    }
}

std::vector<std::string> shortened_names(std::vector<std::string> const& names, std::size_t columns,
                                         std::string_view ellipsis) {
    std::vector<std::string> shown;
    for (auto const& name : names) shown.push_back(shortened(name, columns, ellipsis));
    keep_distinct(
        shown, [&](std::size_t index) { return names[index]; }, columns, ellipsis);
    return shown;
}

}  // namespace muster::output
