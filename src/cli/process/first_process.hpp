// SPDX-License-Identifier: MIT
// The program as the first process of a container.
#pragma once

#include <optional>

namespace muster::cli {

/// Returns at once, with nothing, unless this is process 1, which inherits every process whose parent has ended: then a
/// second process goes on with nothing, and the first reaps what it inherits, hands on the signals that others send it,
/// and returns the exit code of the second when that has ended. Before any thread is started.
std::optional<int> serve_as_first_process();

}  // namespace muster::cli
