// SPDX-License-Identifier: MIT
// By what hosts are kept apart or together: racks, zones.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <muster/host.hpp>

#include "cli/hosts/host_sources.hpp"

namespace muster::cli {

/// The number of each host's group, from 0 in order of appearance. `key` is a variable of the inventory, "@SOURCE" for
/// the one group of that source which has the host, or "name:REGEX", whose first capture counts. Throws target_error,
/// which names `option` and the hosts that have no such value, or several.
std::vector<std::size_t> group_numbers(std::string const& option, std::string const& key, host_list const& hosts,
                                       host_sources& sources);

}  // namespace muster::cli
