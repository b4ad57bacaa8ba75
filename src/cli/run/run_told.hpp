// SPDX-License-Identifier: MIT
// A program of this machine that has a part in a run, and what it prints.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/event.hpp>

#include "cli/process/signals.hpp"
#include "cli/run/display.hpp"
#include "process/run.hpp"

namespace muster::cli {

/// As process::run(); each line that the command prints is told to the display as it comes, with the members of `whose`
/// but the stream and the text, and one is told when the command does not end at once when it has to. The abort of
/// `signals` cuts its grace short. Its host and the signals must live as long.
asio::awaitable<process::run_result> run_told(process::command command, process::run_limits limits, display& view,
                                              events::local_line whose, signal_state& signals);

}  // namespace muster::cli
