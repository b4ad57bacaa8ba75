// SPDX-License-Identifier: MIT
// Options that contradict each other, or need another.
#pragma once

#include "cli/options/arguments.hpp"
#include "cli/options/split.hpp"
#include "cli/options/variables.hpp"

namespace muster::cli {

/// Throws usage_error for the first contradiction. `given` holds the values of all origins, `line` what the command
/// line itself says.
void check_options(split_line const& line, arguments const& args);

/// Throws usage_error where the page of --report would lie over another file of this run. Call it when all are known.
void check_page(arguments const& args);

/// Throws usage_error when MUSTER_PARENT_GRACE, the --grace of the muster that has started this one, leaves it too
/// little time to stop its own commands.
void check_parent_grace(environment const& variables, arguments const& args);

}  // namespace muster::cli
