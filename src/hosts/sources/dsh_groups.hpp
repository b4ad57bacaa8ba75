// SPDX-License-Identifier: MIT
// Groups as dsh(1) and pdsh's dshgroup module keep them: a file of hosts for each.
#pragma once

#include <string>
#include <vector>

#include "hosts/sources/group_source.hpp"

namespace muster::hosts {

/// The source "dsh": FOLDER/group/NAME, and FOLDER/machines.list for all, in the first folder that has it. Adds nothing
/// where no folder has either.
void add_dsh_groups(group_directory& to, std::vector<std::string> const& folders);

}  // namespace muster::hosts
