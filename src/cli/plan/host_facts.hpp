// SPDX-License-Identifier: MIT
// What groups and inventories know about the hosts of a run, besides how to reach them.
#pragma once

#include <string>
#include <vector>

#include <muster/host.hpp>

#include "cli/hosts/host_sources.hpp"

namespace muster::cli {

/// One list for each host: the groups it is in, sorted. Groups of an inventory are "NAME", those of other sources
/// "SOURCE:NAME" and only where a list of hosts has named them. Throws target_error.
std::vector<std::vector<std::string>> groups_of(host_list const& hosts, host_sources& sources);

/// One value for each host, empty where it has none. `key` is the name of a variable of the inventory; or "@SOURCE",
/// the groups of a group source that the host is in, with commas between them; or "name:REGEX", the first subexpression
/// of an extended regular expression in the host's name, or all that matched where it has none. Throws target_error for
/// a key that no host has a value for.
std::vector<std::string> values_of(std::string const& key, host_list const& hosts, host_sources& sources);

}  // namespace muster::cli
