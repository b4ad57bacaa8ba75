// SPDX-License-Identifier: MIT
// The library's front for callers without an event loop.
#pragma once

#include <stop_token>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/host.hpp>
#include <muster/job.hpp>
#include <muster/login_hooks.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>
#include <muster/sink.hpp>
#include <muster/ssh_settings.hpp>

namespace muster {

/// Endpoints for `hosts` as `ssh` would reach them: `settings`, ~/.ssh/config, /etc/ssh/ssh_config and the defaults of
/// this user, in this order. Throws std::runtime_error, naming file and line, when the configuration can't be read,
/// std::invalid_argument for a limit that is negative.
std::vector<endpoint> resolve(host_list const& hosts, ssh_settings const& settings = {});

/// Runs `job` on every host over SSH and returns when all have ended. Blocks the calling thread, which runs the event
/// loop, and on which `sink` is called. A stop request from any thread stops the run as Ctrl-C does in the program. A
/// host's failure is in the report; throws run_error for what is no host's. Before anything was started: login_error,
/// what login_hooks::secret throws, and std::invalid_argument for endpoints, jobs and options that make no sense.
[[nodiscard]] report run(std::vector<endpoint> const& endpoints, job const& job, options const& options, sink& sink,
                         std::stop_token stop = {}, login_hooks const& hooks = {});
[[nodiscard]] report run(host_list const& hosts, job const& job, options const& options, sink& sink,
                         std::stop_token stop = {}, login_hooks const& hooks = {});
/// Without a sink: only the report.
[[nodiscard]] report run(host_list const& hosts, job const& job, options const& options = {});

}  // namespace muster
