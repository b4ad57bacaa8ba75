// SPDX-License-Identifier: MIT
// How long the readers of our output are waited for when the run is over.
#pragma once

#include <chrono>
#include <optional>

#include "cli/run/display.hpp"

namespace muster::cli {

/// Closes the display: what is left is dropped when the readers' time is over. Without a signal (`signal` is 0) and a
/// limit of the run they have as long as they take. A first signal, be it one that comes only now, which `signal` is
/// then, gives them 2 s, and 10 s to those that go on reading; a second Ctrl-C none.
write_outcome close_within_patience(display& display, std::optional<std::chrono::steady_clock::time_point> limit,
                                    int& signal);

}  // namespace muster::cli
