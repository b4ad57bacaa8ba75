// SPDX-License-Identifier: MIT
// The names every header of this layer shares: awaitable, executor, and the clock that deadlines are read from.
#pragma once

#include <muster/coro/detail/asio.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>

namespace muster::coro {

/// A lazy coroutine: nothing runs until it is awaited, or started as a task. Awaiting throws
/// asio::system_error(operation_aborted) when the task that awaits has been cancelled.
template <class T = void>
using awaitable = asio::awaitable<T>;

/// Any executor of Asio; all tasks that work together live on executors of one execution context, one thread at a time.
using executor = asio::any_io_executor;

using duration = std::chrono::steady_clock::duration;
using time_point = std::chrono::steady_clock::time_point;

namespace this_coro = asio::this_coro;

}  // namespace muster::coro
