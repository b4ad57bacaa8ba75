// SPDX-License-Identifier: MIT
// Who the command line means: patterns and host files to hosts, hosts to endpoints. All of it before anything is
// connected.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/error.hpp>
#include <muster/host.hpp>

#include "cli/hosts/host_sources.hpp"
#include "cli/options/arguments.hpp"
#include "system_ssh/ssh_words.hpp"

namespace muster::cli {

/// Hosts, ledger or input can't be had as the command line has them; one or more lines for the user.
struct target_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// The hosts that the options say, in the order to start them. `recorded` are those of a ledger, which count where no
/// option names others. Throws target_error: a malformed pattern (with a caret under the column), an unreadable file,
/// no hosts at all.
host_list read_hosts(arguments const& args, host_sources& sources, host_list const* recorded = nullptr);

/// Without regard to --shard: the list of which a shard has a part.
host_list read_whole_list(arguments const& args, host_sources& sources, host_list const* recorded = nullptr);

/// Over SSH as inventories and ssh's configuration say, for the local transport the names alone. Throws
/// ssh_config::config_error.
std::vector<endpoint> make_endpoints(host_list const& hosts, arguments const& args, host_sources& sources);

/// For the system's ssh, by label: what has been said of a host, unless that is its name alone.
using ssh_targets = std::unordered_map<std::string, system_ssh::ssh_target>;
ssh_targets make_ssh_targets(host_list const& hosts, arguments const& args, host_sources& sources);

}  // namespace muster::cli
