// SPDX-License-Identifier: MIT
// Colours and marks on a terminal.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace muster::output {

/// Select Graphic Rendition (ECMA-48 8.3.117): hues that can be read on dark and on light ground. Red is left to
/// errors.
inline constexpr std::array<std::string_view, 6> palette = {
    "\x1b[36m",    // cyan
    "\x1b[33m",    // yellow
    "\x1b[35m",    // magenta
    "\x1b[32m",    // green
    "\x1b[34m",    // blue
    "\x1b[1;36m",  // bold cyan
};
inline constexpr std::string_view plain_ink = "\x1b[0m";

/// Neighbours in the list of hosts differ.
constexpr std::string_view ink_of(std::size_t index) noexcept {
    return palette[index % palette.size()];
}

/// Marks on a terminal, one column each.
struct signs {
    std::string_view ok, failed, cut;
};

constexpr signs signs_of(bool utf8) noexcept {
    return utf8 ? signs{"✔", "✗", "…"} : signs{"+", "x", "~"};
}

}  // namespace muster::output
