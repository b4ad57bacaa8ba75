// SPDX-License-Identifier: MIT
// The plan of a run: its hosts in batches, and how the plan is told before it begins.
#pragma once

#include <string>
#include <vector>

#include <muster/batches.hpp>
#include <muster/host.hpp>

#include "cli/hosts/host_sources.hpp"
#include "cli/options/arguments.hpp"

namespace muster::cli {

/// Cuts the hosts as the options say. Throws target_error for --apart and --together.
rollout_options plan_rollout(arguments const& args, host_list const& hosts, host_sources& sources);

/// What is the same for a plan that a ledger has: who is apart, the pauses, the preflight.
void complete_plan(rollout_options& plan, arguments const& args, host_list const& hosts, host_sources& sources);

/// "batch 2 of 5: 10 hosts, web[3-12]; stops at 1 failure", a line a batch. Empty without batches.
std::vector<std::string> plan_lines(rollout_options const& plan, host_list const& hosts, arguments const& args);

/// "5 batches of 1, 5, 10, 10, 4 hosts; stops at 1 failure"
std::string plan_summary(rollout_options const& plan, arguments const& args);

}  // namespace muster::cli
