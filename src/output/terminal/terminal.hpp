// SPDX-License-Identifier: MIT
// What the user's terminal can show.
#pragma once

#include <cstddef>
#include <string_view>

namespace muster::output {

struct terminal_size {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// 80 by 24 where the terminal doesn't know.
terminal_size size_of_terminal(int descriptor) noexcept;

/// This process may draw on it: it is the terminal's foreground job, as far as that can be told.
bool in_foreground(int terminal) noexcept;

/// Lines are edited and echoed by the kernel, or not echoed because this process reads keys: a pager or an editor that
/// has the terminal would have changed more.
bool is_in_line_mode(int terminal) noexcept;

/// What this process itself has made of the terminal's mode, for the function above.
void note_own_mode(bool reads_keys) noexcept;

/// Lines are broken anew when the terminal becomes narrower, as most do; xterm and the console cut them.
bool rewraps_lines() noexcept;

/// Characters beyond ASCII are shown: the locale of the environment says UTF-8.
bool locale_is_utf8() noexcept;

/// The character that stands for what was left out.
std::string_view ellipsis(bool utf8) noexcept;

}  // namespace muster::output
