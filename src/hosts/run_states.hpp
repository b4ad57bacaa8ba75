// SPDX-License-Identifier: MIT
// The words behind "@last:" and "@ledger:FILE:": final states of hosts, and what a run did with them.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <muster/host.hpp>

namespace muster::hosts {

/// The final states, `sent` (the command went out) and `left` (what --resume would run).
inline constexpr std::array<std::string_view, 14> run_states = {
    "ok",       "failed", "signalled", "no_status", "lost",        "timed_out", "unreachable",
    "host_key", "auth",   "refused",   "stopped",   "not_started", "sent",      "left"};

inline bool is_run_state(std::string_view word) {
    return std::ranges::find(run_states, word) != run_states.end();
}

/// What an earlier run has recorded of a host.
struct recorded_host {
    muster::host host;
    std::string state;     ///< a final state; empty: the run ended before it was known
    bool sent = false;     ///< its command went out
    bool may_run = false;  ///< and nothing proves that it ended
};

/// "last:failed,auth" and "ledger:FILE:left" in parts.
struct record_name {
    std::string file;  ///< empty: the last run
    std::vector<std::string> states;
};

/// Throws lookup_error for states that are none, and where they are missing.
record_name parse_record_name(std::string_view text);

/// For who has written "@last" or "@ledger": how the hosts of an earlier run are named; empty for another group.
std::string_view record_words(std::string_view group);

/// The hosts that any of the words speaks of, in the run's order.
host_list select_recorded(std::vector<recorded_host> const& run, std::vector<std::string> const& words);

}  // namespace muster::hosts
