// SPDX-License-Identifier: MIT
// Whether a program listens at a socket of this machine.
#pragma once

#include <string>

namespace muster::files {

/// Connects and closes at once; never blocks. 0, or an errno: nobody listens. One whose queue is full listens.
int connect_error(std::string const& path) noexcept;

}  // namespace muster::files
