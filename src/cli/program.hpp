// SPDX-License-Identifier: MIT
// The program from its arguments to its exit code.
#pragma once

#include <span>

namespace muster::cli {

/// Does everything, and returns the exit code; a run that was ended by a signal ends the process by that signal.
int run_program(std::span<char const* const> words);

}  // namespace muster::cli
