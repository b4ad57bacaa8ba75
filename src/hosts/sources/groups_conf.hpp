// SPDX-License-Identifier: MIT
// ClusterShell's groups.conf(5), the folders it names, and its YAML files.
#pragma once

#include <string>
#include <vector>

#include "hosts/sources/group_source.hpp"

namespace muster::hosts {

/// Adds the sources that the groups.conf of these folders define, the last of which counts most; the default source is
/// a usual one. Programs run when a group is asked for, not before. Throws lookup_error for files that are malformed or
/// that others may write.
void add_clustershell_groups(group_directory& to, std::vector<std::string> const& folders, program_runner const& run);

/// The sources of a YAML file's text: "source: {group: hosts or [hosts, ...]}".
std::vector<group_source> parse_yaml_groups(std::string const& text, std::string const& path);

}  // namespace muster::hosts
