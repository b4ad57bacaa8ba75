// SPDX-License-Identifier: MIT
// The words behind "@last:" and "@ledger:FILE:": final states of hosts, and what a run did with them.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace muster::hosts {

/// The final states, `sent` (the command went out) and `left` (what --resume would run).
inline constexpr std::array<std::string_view, 14> run_states = {
    "ok",       "failed", "signalled", "no_status", "lost",        "timed_out", "unreachable",
    "host_key", "auth",   "refused",   "stopped",   "not_started", "sent",      "left"};

inline bool is_run_state(std::string_view word) {
    return std::ranges::find(run_states, word) != run_states.end();
}

}  // namespace muster::hosts
