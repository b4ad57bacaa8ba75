// SPDX-License-Identifier: MIT
// What each host does, as the command line has it.
#pragma once

#include <muster/job.hpp>

#include "cli/arguments.hpp"

namespace muster::cli {

/// The steps in their one order, wherever the options stand: pushes, then the command. Reads what is pushed. Throws
/// copy_error, and target_error for an input that can't be opened.
job make_job(arguments const& given);

}  // namespace muster::cli
