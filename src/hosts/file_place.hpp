// SPDX-License-Identifier: MIT
// Errors that point into a file of hosts or groups.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::hosts {

/// Throws host_syntax_error "PATH:LINE: REASON" with a caret under the byte `at` of the file's text. Behind the last
/// line that holds anything it stands at the end of that.
[[noreturn]] void fail_at(std::string const& path, std::string_view text, std::size_t position,
                          std::string const& reason);

/// The same for a line and a column, both counted from 0.
[[noreturn]] void fail_in_line(std::string const& path, std::string_view text, std::size_t line, std::size_t column,
                               std::string const& reason);

}  // namespace muster::hosts
