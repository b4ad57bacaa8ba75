// SPDX-License-Identifier: MIT
// Options that contradict each other, or need another.
#pragma once

#include "cli/options/arguments.hpp"
#include "cli/options/split.hpp"

namespace muster::cli {

/// Throws usage_error for the first contradiction. `given` holds the values of all origins, `line` what the command
/// line itself says.
void check_options(split_line const& line, arguments const& args);

}  // namespace muster::cli
