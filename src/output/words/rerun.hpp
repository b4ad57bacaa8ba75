// SPDX-License-Identifier: MIT
// How what a run has left is run: one rule for every view that says it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <muster/report.hpp>

namespace muster::output {

/// What a view can't know of it.
struct rerun {
    /// The command that runs on these hosts, a list, again; without hosts, what a record alone has left. Null or empty:
    /// none to show.
    std::function<std::string(std::string const& hosts)> command = {};
    std::string remembered = {};  ///< a list that names the rest of this run in a few letters; empty: there is none
    bool is_recorded = false;     ///< in a ledger, which knows the gates and approvals that have passed
    bool has_gates = false;       ///< or approvals
    bool keeps_order = false;     ///< batches are made of the hosts in their order
    bool lacks_input = false;     ///< its commands read a standard input that is not kept
};

/// The list of these hosts of the report, folded.
using host_lister = std::function<std::string(std::vector<std::size_t> const& hosts)>;

/// The run has ended before a gate or an approval that only a record would have known of: no command can be given.
bool is_past_gate(report const& results, rerun const& how);

/// First the command, or what to do where none can be given; below it what the command lacks. Empty: nothing is left.
std::vector<std::string> rerun_lines(report const& results, rerun const& how, host_lister const& list);

}  // namespace muster::output
