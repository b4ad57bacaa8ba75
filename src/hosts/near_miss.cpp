// SPDX-License-Identifier: MIT
// Distance between words (Levenshtein 1966), in which two neighbours that changed places are one step (Damerau 1964).
#include "hosts/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace muster::hosts {

std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> above(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::vector<std::size_t> next(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        next[0] = i + 1;
        for (std::size_t j = 0; j < to.size(); ++j) {
            std::size_t const change = row[j] + (from[i] == to[j] ? 0 : 1);
            next[j + 1] = std::min({change, next[j] + 1, row[j + 1] + 1});
            bool const is_swap = i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j];
            if (is_swap) next[j + 1] = std::min(next[j + 1], above[j - 1] + 1);
        }
        above.swap(row);
        row.swap(next);
    }
    return row.back();
}

std::string did_you_mean(std::string_view typed, std::vector<std::string> const& names, std::string_view mark) {
    std::string_view nearest;
    std::size_t best = (typed.size() < 4 ? 1 : std::max<std::size_t>(2, typed.size() / 3)) + 1;
    for (auto const& name : names) {
        if (name.size() > 255 || typed.size() > 255) continue;
        auto const distance = edit_distance(typed, name);
        if (distance >= best) continue;
        best = distance;
        nearest = name;
    }
    return nearest.empty() ? std::string() : fmt::format("; did you mean {}{}?", mark, nearest);
}

}  // namespace muster::hosts
