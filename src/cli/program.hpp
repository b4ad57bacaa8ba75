// SPDX-License-Identifier: MIT
// The program from its arguments to its exit code.
#pragma once

#include <span>
#include <string_view>

namespace muster::cli {

/// Does everything, as the program of that name (argv[0]: pdsh, pdcp and clush have their own options), and returns the
/// exit code; a run that was ended by a signal ends the process by that signal.
int run_program(std::string_view name, std::span<char const* const> words);

}  // namespace muster::cli
