// SPDX-License-Identifier: MIT
// The fan-out: the hosts of a run, started as its rollout says, and what ends them early.
#pragma once

#include <muster/coro/awaitable.hpp>

#include "engine/host/run_state.hpp"

namespace muster {

/// Gives every host its turn. Throws run_error for what is no host's outcome; a cancelled run returns its report.
asio::awaitable<report> fan_out(run_arguments const& args);

/// The report of a run that was cancelled before it could begin: every host is there, none was started.
report cancelled_before_start(asio::any_io_executor const& loop, run_arguments const& args);

}  // namespace muster
