// SPDX-License-Identifier: MIT
// What each host does, as the command line has it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <muster/job.hpp>

#include "cli/arguments.hpp"

namespace muster::cli {

/// The steps in their one order, wherever the options stand: pushes, then the command. Reads what is pushed. Throws
/// copy_error, and target_error for an input that can't be opened. `command_for` is that of a run_plan.
job make_job(arguments const& given, std::function<std::string(std::size_t host)> const& command_for = {});

}  // namespace muster::cli
