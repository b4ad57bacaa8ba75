// SPDX-License-Identifier: MIT
// A process in which the kernel refuses pidfd_open(2), as the seccomp filters of some containers do.
#pragma once

#include <functional>

namespace muster::test {

/// Calls `work` in a forked process with that filter; whether it returned true. Call it before this process has
/// threads.
bool holds_without_pidfd(std::function<bool()> const& work);

}  // namespace muster::test
