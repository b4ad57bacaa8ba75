// SPDX-License-Identifier: MIT
// How many columns of a terminal a text takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::output {

/// 0 for combining characters, 2 for the wide ones of East Asia and for pictures, else 1 (Unicode TR11).
std::size_t columns_of(char32_t character) noexcept;

std::size_t columns_of_text(std::string_view text) noexcept;

/// As much of the front as fits.
std::string_view clipped(std::string_view text, std::size_t columns) noexcept;

/// Takes the columns that are counted, in every terminal: what moves the cursor by steps of its own (a tabulator),
/// joins or changes other characters, or may take no column or one becomes as many blanks as are counted for it.
std::string of_known_width(std::string_view text);

/// At most so many columns, with `ellipsis`, one column wide, in the middle when it is longer.
std::string shortened(std::string_view text, std::size_t columns, std::string_view ellipsis);

/// Likewise with the bytes [first, last) whole and what stands around them, cut at its far ends. Empty: there is no
/// room.
std::string shortened_around(std::string_view text, std::size_t first, std::size_t last, std::size_t columns,
                             std::string_view ellipsis);

/// Likewise with the ellipsis at the end.
std::string cut_off(std::string_view text, std::size_t columns, std::string_view ellipsis);

}  // namespace muster::output
