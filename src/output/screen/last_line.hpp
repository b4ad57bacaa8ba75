// SPDX-License-Identifier: MIT
// The last line of the pinned block: how many, how long, who is missing, what the keys do.
#pragma once

#include <string>

#include "output/screen/drawing.hpp"

namespace muster::output {

/// Counts, as the block has it that shows every host. The time that has passed and the keys have their room whatever
/// else is left out.
std::string status_line(drawing const& draw);

/// Likewise, with a bar in place of the hosts.
std::string share_line(drawing const& draw);

}  // namespace muster::output
