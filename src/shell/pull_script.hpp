// SPDX-License-Identifier: MIT
// The script that gives a file or a directory away.
#pragma once

#include <string>
#include <string_view>

namespace muster::shell {

/// Writes "MARK file SIZE MODE" and a line end, with the mode as ls(1) has it, then so many bytes of the file, or "MARK
/// tar" and a line end, then a tar of what is in the directory. Exit status 73: there is neither at that path.
std::string pull_command(std::string const& mark, std::string_view path, std::string_view shell = "/bin/sh");

}  // namespace muster::shell
