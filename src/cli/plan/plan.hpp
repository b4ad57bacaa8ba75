// SPDX-License-Identifier: MIT
// A run as it is to be done: which hosts, how each is reached, what each runs.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/host.hpp>
#include <muster/job.hpp>
#include <muster/report.hpp>

#include "cli/hosts/host_sources.hpp"
#include "cli/hosts/targets.hpp"
#include "cli/options/arguments.hpp"

namespace muster::cli {

/// A push as the command line has it.
struct named_push {
    std::string source;
    push_step what;
};

/// `hosts`, `endpoints` and what stands for a host elsewhere have the same order.
struct run_plan {
    host_list hosts;  ///< until the run begins
    std::vector<endpoint> endpoints;
    ssh_targets targets;  ///< with a transport that leaves connecting to the system's ssh
    /// With --template: the command of the host with this index, or what is shown of a script there. Empty: every host
    /// has the arguments' command.
    std::function<std::string(std::size_t host)> command_for;
    std::function<std::string(std::size_t host)> check_for;  ///< likewise, of --check
    std::vector<std::function<std::string(std::size_t host)>>
        always_for;                     ///< of each --always; none without a template
    std::vector<named_push> pushes;     ///< read
    std::optional<script_step> script;  ///< likewise
    /// Where an earlier run has done the command with all that stands before it. Empty: nowhere.
    std::vector<bool> command_done;
    /// What is to be said when the results are there; empty: nothing.
    std::function<std::vector<std::string>(report const&)> afterthoughts;
};

/// Places in an earlier run that goes on: {n} and {count} of a host stay what they were.
struct host_numbers {
    std::vector<std::size_t> of_host;  ///< empty: as the hosts stand
    std::size_t count = 0;
};

/// Reads what is pushed, and the script. Nothing is connected. Throws target_error (a template with a name that some
/// host has no value for), template_error, copy_error, usage_error and ssh_config::config_error. The plan keeps its own
/// copies of what it needs.
run_plan make_plan(host_list hosts, arguments const& args, host_sources& sources, host_numbers const& numbers = {});

}  // namespace muster::cli
