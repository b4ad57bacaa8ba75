// SPDX-License-Identifier: MIT
// What the program does to its own process, and nowhere else: standard descriptors, signals' defaults, limits, the way
// out.
#pragma once

#include <cstddef>

namespace muster::cli {

/// Opens /dev/null in place of standard descriptors that are closed, so that no socket takes their number.
void open_standard_descriptors();

/// SIGPIPE is ignored: a closed pipe is an error of the write. Call before threads start.
void ignore_sigpipe();

/// Raises the soft limit of open files to the hard one and returns how many sessions fit below it.
std::size_t raise_open_files();

/// Ends the program as if `signal` had killed it: the default action is restored and the signal raised again. As
/// process 1, which the default action does not end, it exits with 128 + signal.
[[noreturn]] void die_of(int signal);

}  // namespace muster::cli
