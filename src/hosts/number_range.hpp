// SPDX-License-Identifier: MIT
// The numbers between brackets: "1-3,8", "01-10", "0-10/2".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hosts/pattern_text.hpp"

namespace muster::hosts {

/// Longer numbers are no numbers: any of this length fits std::uint64_t.
inline constexpr std::size_t max_digits = 18;

/// Numbers `low` to `high`, every `step`th, written with at least `width` digits.
struct number_span {
    std::uint64_t low;
    std::uint64_t high;
    std::uint64_t step;
    std::size_t width;

    std::uint64_t count() const { return (high - low) / step + 1; }
};

/// Parses what stands between two brackets. Blanks may stand around its commas. Throws host_syntax_error.
std::vector<number_span> parse_range(pattern_text const& text, std::size_t begin, std::size_t end);

}  // namespace muster::hosts
