// SPDX-License-Identifier: MIT
// The pinned block: a run at one glance, for eight hosts, a hundred or ten thousand.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "output/screen/screen_state.hpp"
#include "output/terminal/terminal.hpp"

namespace muster::output {

struct screen_style {
    bool colour = true;
    bool utf8 = true;  ///< else ASCII alone
    std::string hint;  ///< what keys do: "s: who  ^C: stop"
};

/// At most a third of the terminal's rows, each at most one column less than it has; none on one with under ten rows.
/// A cell a host where these fit, else a character a host, else their share.
std::vector<std::string> screen_lines(screen_state const& run, std::chrono::steady_clock::time_point now,
                                      terminal_size size, screen_style const& style);

/// "n7 (5 s)", "n7 n12 +4, longest 35 s": which hosts are missing once all have a place.
std::string missing_hosts(screen_state const& run, std::chrono::steady_clock::time_point now);

}  // namespace muster::output
