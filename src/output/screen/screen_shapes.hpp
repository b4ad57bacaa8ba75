// SPDX-License-Identifier: MIT
// The pinned block: a run at one glance, for eight hosts, a hundred or ten thousand.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "output/screen/drawing.hpp"
#include "output/screen/screen_state.hpp"
#include "output/terminal/terminal.hpp"

namespace muster::output {

/// At most a third of the terminal's rows, each at most one column less than it has; none on one with under ten rows.
/// A cell a host where these fit, else a character a host, else their share.
std::vector<std::string> screen_lines(screen_state const& run, std::chrono::steady_clock::time_point now,
                                      terminal_size size, screen_style const& style);

}  // namespace muster::output
