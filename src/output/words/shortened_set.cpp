// SPDX-License-Identifier: MIT
// Tries the cuts between terms that leave a set of the right width, and takes the longest.
#include "output/words/shortened_set.hpp"

#include <algorithm>
#include <vector>

#include "output/terminal/text_width.hpp"

namespace muster::output {

namespace {

constexpr std::string_view brackets = "[]";
constexpr std::size_t bytes_of_column = 4;  // at most, in UTF-8

/// Offsets of commas in the first `most` bytes of `text`.
std::vector<std::size_t> commas(std::string_view text, std::size_t most) {
    std::vector<std::size_t> found;
    for (auto at = text.find(','); at < std::min(text.size(), most); at = text.find(',', at + 1)) found.push_back(at);
    return found;
}

bool ends_inside(std::string_view front) {
    auto const last = front.find_last_of(brackets);
    return last != std::string_view::npos && front[last] == '[';
}

bool begins_inside(std::string_view back) {
    auto const first = back.find_first_of(brackets);
    return first != std::string_view::npos && back[first] == ']';
}

bool fit_together(std::string_view front, std::string_view between, std::string_view back) {
    bool const inside = ends_inside(front);
    return inside == begins_inside(back) && (!inside || between.find_first_of(brackets) == std::string_view::npos);
}

void take_longer(std::string& best, std::string candidate, std::size_t columns) {
    auto const width = columns_of_text(candidate);
    if (width <= columns && width > columns_of_text(best)) best = std::move(candidate);
}

std::string with_both_ends(std::string_view set, std::size_t columns, std::string_view ellipsis) {
    std::string best;
    auto const reach = std::min(columns * bytes_of_column, set.size());
    auto const behind = set.size() - reach;
    auto const fronts = commas(set, reach);
    auto const backs = commas(set.substr(behind), reach);
    for (auto const front : fronts) {
        for (auto const back : backs) {
            if (behind + back <= front) continue;
            auto const first = set.substr(0, front + 1), last = set.substr(behind + back);
            if (first.size() + last.size() > columns * bytes_of_column) continue;
            if (!fit_together(first, set.substr(first.size(), behind + back - first.size()), last)) continue;
            take_longer(best, std::string(first).append(ellipsis).append(last), columns);
        }
    }
    return best;
}

std::string with_its_front(std::string_view set, std::size_t columns, std::string_view ellipsis) {
    std::string best;
    for (auto const comma : commas(set, columns * bytes_of_column)) {
        auto const front = set.substr(0, comma + 1);
        take_longer(best, std::string(front).append(ellipsis).append(ends_inside(front) ? "]" : ""), columns);
    }
    return best;
}

/// One term loses its middle, or what stands around its numbers where these are in the middle.
std::string shortened_term(std::string_view set, std::size_t columns, std::string_view ellipsis) {
    auto const without_middle = shortened(set, columns, ellipsis);
    auto const open = set.find('['), close = set.rfind(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return without_middle;
    if (without_middle.find(set.substr(open, close + 1 - open)) != std::string::npos) return without_middle;
    auto const around = shortened_around(set, open, close + 1, columns, ellipsis);
    return around.empty() ? without_middle : around;
}

}  // namespace

std::string shortened_set(std::string_view set, std::size_t columns, std::string_view ellipsis) {
    if (columns_of_text(set) <= columns) return std::string(set);
    auto best = with_both_ends(set, columns, ellipsis);
    if (best.empty()) best = with_its_front(set, columns, ellipsis);
    return best.empty() ? shortened_term(set, columns, ellipsis) : best;
}

}  // namespace muster::output
