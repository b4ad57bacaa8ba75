// SPDX-License-Identifier: MIT
// What each host does, as the command line has it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <muster/job.hpp>

#include "cli/options/arguments.hpp"
#include "cli/plan/plan.hpp"

namespace muster::cli {

/// The steps in their one order, wherever the options stand: pushes, the command or the script, the check, pulls,
/// and what is for the end. `password` is for sudo; null: it must not ask. Throws copy_error, and target_error for an
/// input that can't be opened.
job make_job(arguments const& args, std::shared_ptr<std::string const> password, run_plan const& plan);

}  // namespace muster::cli
