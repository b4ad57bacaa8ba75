// SPDX-License-Identifier: MIT
// What --dry-run --json says of a rollout.
#pragma once

#include "cli/options/arguments.hpp"
#include "cli/plan/plan.hpp"
#include "output/json/json_text.hpp"

namespace muster::cli {

/// Adds batches and pauses, the halt policy, gate, check, hooks and the like: members of the line of type "plan".
void append_rollout(output::json_object& to, run_plan const& plan, arguments const& args);

}  // namespace muster::cli
