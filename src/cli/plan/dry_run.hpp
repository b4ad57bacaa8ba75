// SPDX-License-Identifier: MIT
// --dry-run: what a run would do, without a connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/options/arguments.hpp"
#include "cli/plan/plan.hpp"

namespace muster::cli {

/// What is shown of a host besides its endpoint.
struct planned_host {
    std::vector<std::string> groups;
    std::vector<std::string> commands;  ///< in the order in which they run
    std::size_t batch = 0;              ///< counted from 1; 0: there are no batches
    std::uint64_t pushed = 0;           ///< bytes that pushes bring at most; directories of its own are not read for it
    std::vector<std::string> missing;   ///< sources of its own that are not there
};

/// One for each host of the plan.
std::vector<planned_host> describe(run_plan const& plan, arguments const& args, host_sources& sources);

/// For people: hosts, batches, groups, endpoints, commands; hosts with the same command share a line.
std::string dry_run_text(run_plan const& plan, std::vector<planned_host> const& hosts, arguments const& args);

/// For programs: a line with "type":"plan", then one with "type":"planned_host" for each host.
std::string dry_run_json(run_plan const& plan, std::vector<planned_host> const& hosts, arguments const& args);

}  // namespace muster::cli
