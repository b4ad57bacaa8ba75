// SPDX-License-Identifier: MIT
// A line of a host's output as it is shown on a terminal: colours pass, nothing else drives it (CWE-150).
#pragma once

#include <string>
#include <string_view>

#include "output/terminal/sanitise.hpp"

namespace muster::output {

/// What becomes of control characters and sequences.
enum class controls {
    exact,    ///< bytes as they came
    dropped,  ///< left out; of text that a carriage return overwrites only the last
    spelled,  ///< likewise, but written out: `\x1b`
};

/// Appends one line. With `colour` Select Graphic Rendition (ECMA-48 8.3.117) passes, but for concealed text, and is
/// reset at the end. A byte that is not UTF-8 becomes U+FFFD. For a terminal that does not know UTF-8 a character
/// beyond ASCII becomes a question mark.
void append_terminal_text(std::string& to, std::string_view line, controls controls, bool colour,
                          charset known = charset_of_terminal());

}  // namespace muster::output
