// SPDX-License-Identifier: MIT
// What each host does, as the command line has it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <muster/job.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// A push as the command line has it.
struct named_push {
    std::string source;
    push_step what;
};

/// Reads what is pushed. Throws copy_error and usage_error.
std::vector<named_push> pushes_of(arguments const& args);

/// The steps in their one order, wherever the options stand: pushes, the command or the script, the check, pulls,
/// and what is for the end. Reads what is pushed. `password` is for sudo; null: it must not ask. `command_for` is that
/// of a run_plan. Throws copy_error, usage_error, and target_error for an input that can't be opened.
job make_job(arguments const& args, std::shared_ptr<std::string const> password,
             std::function<std::string(std::size_t host)> const& command_for = {});

}  // namespace muster::cli
