// SPDX-License-Identifier: MIT
// From hosts to endpoints: command line, ssh's configuration and its defaults, in this order.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/host.hpp>
#include <muster/ssh_settings.hpp>

#include "hosts/overrides.hpp"
#include "ssh_config/config_file.hpp"
#include "ssh_config/local_answers.hpp"
#include "ssh_config/tokens.hpp"

namespace muster::ssh_config {

using muster::ssh_settings;

/// What an inventory says about a host; null when nothing.
using overrides_lookup = std::function<hosts::overrides const*(std::string const& name)>;

/// One endpoint for each host, in order. Reads the configuration once; 10,000 hosts take some 0.1 s. Blocks.
/// Asks `machine` each question once, those of all hosts together. Throws config_error for a configuration or settings
/// that can't be used at all. What is wrong with one host alone, and what muster would have to do for it and does not,
/// is in endpoint::fault. What `overrides` says of a host counts like what is written with the host itself.
std::vector<endpoint> make_endpoints(host_list const& hosts, ssh_settings const& settings, local_account const& local,
                                     local_machine const& machine = {}, config_files const& files = files_on_disk(),
                                     overrides_lookup const& overrides = {});

/// The names that Host lines of the configuration have without wildcards, in order, each once. Throws config_error.
std::vector<std::string> aliases(ssh_settings const& settings, local_account const& local,
                                 config_files const& files = files_on_disk());

}  // namespace muster::ssh_config
