// SPDX-License-Identifier: MIT
// Words of a command line that a terminal shows and a shell reads again.
#pragma once

#include <string>
#include <string_view>

#include "output/terminal/sanitise.hpp"

namespace muster::output {

/// As it is where no shell sees anything in it, else in quotes. What append_sanitised would spell out, the tabulator
/// and the line feed are octal bytes in $'...' (POSIX.1-2024, bash, zsh, ksh): the word stays the same to the byte.
std::string shown_word(std::string_view text, charset known = charset_of_terminal());

}  // namespace muster::output
