// SPDX-License-Identifier: MIT
// A run beside what may cancel it: the program's signals, or the caller's stop request.
#pragma once

#include <functional>

#include <asio/awaitable.hpp>

#include <muster/coro/task.hpp>
#include <muster/report.hpp>

namespace muster {

/// What watches: gets the run's task, may cancel it, and is cancelled itself when the run has ended.
using watcher = std::function<asio::awaitable<void>(coro::task<report>)>;

/// The outcome of `run`, report or exception, with `watch` beside it. An error of the watcher cancels the run.
asio::awaitable<report> supervise(asio::awaitable<report> run, watcher watch);

}  // namespace muster
