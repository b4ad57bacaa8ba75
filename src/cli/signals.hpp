// SPDX-License-Identifier: MIT
// The signals that a user sends to a running fan-out.
#pragma once

#include <functional>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/task.hpp>
#include <muster/report.hpp>

namespace muster::cli {

/// What came of the signals; lives longer than the watcher.
struct signal_state {
    int received = 0;   ///< the first of SIGINT, SIGTERM, SIGHUP; 0: none
    coro::event abort;  ///< set by the second: the stop is cut short
};

/// Keeps the signals that end a run waiting until watch_signals takes them: a first one in between would end the
/// program and leave commands behind. Call it before threads start.
void hold_signals() noexcept;

/// Watches until it is cancelled: the first SIGINT, SIGTERM or SIGHUP cancels the run, a second one sets `abort`;
/// SIGUSR1 calls `who_runs`. SIGHUP stays ignored where it was (nohup).
asio::awaitable<void> watch_signals(coro::task<report> fleet, signal_state& state, std::function<void()> who_runs);

}  // namespace muster::cli
