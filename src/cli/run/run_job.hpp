// SPDX-License-Identifier: MIT
// One run: its transport, its views and its signals, from the first host to the last byte of output.
#pragma once

#include <optional>

#include "cli/options/arguments.hpp"
#include "cli/plan/plan.hpp"
#include "cli/process/exit.hpp"
#include "cli/process/start_limit.hpp"
#include "cli/run/display.hpp"

namespace muster::cli {

/// Until the first host begins, the limit and signals are `limit`'s.
/// Runs the plan's commands on its endpoints, and shows and records what the options ask for.
/// What breaks the run is shown and in the answer; throws only before the first host: target_error for an input that
/// can't be opened, write_error for a ledger that can't be begun or a folder that can't be written to.
run_ending run_job(arguments const& args, run_plan const& plan, std::optional<run_record> record, start_limit& limit);

}  // namespace muster::cli
