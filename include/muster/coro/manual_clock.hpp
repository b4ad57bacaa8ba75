// SPDX-License-Identifier: MIT
// Time set by hand for one execution context, so that tests of time-dependent tasks don't wait.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <asio/execution_context.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace muster::coro {

namespace detail {
class loop;
}

/// From its construction the time of the context's tasks stands still until advanced. Install it before the first task
/// runs; it can't be removed. All sleeps, time limits and deadlines of this layer follow it.
class manual_clock {
  public:
    explicit manual_clock(asio::execution_context& context, time_point start = time_point{});

    [[nodiscard]] time_point now() const;

    /// The next point in time that a coroutine waits for.
    [[nodiscard]] std::optional<time_point> next() const;

    /// Sets the time and rings what is due until then, in the order of time. Call it on the loop's thread, from outside
    /// of tasks.
    void advance_to(time_point when);

  private:
    detail::loop& loop_;
};

/// How many tasks run in the context.
[[nodiscard]] std::size_t running_tasks(asio::execution_context& context);

/// How many coroutines wait in this layer, and how many calls run elsewhere for it (to_thread).
[[nodiscard]] std::size_t waiting_coroutines(asio::execution_context& context);
[[nodiscard]] std::size_t outside_calls(asio::execution_context& context);

/// One line for each waiting coroutine: the name of its task and what it waits for.
[[nodiscard]] std::string describe_waits(asio::execution_context& context);

}  // namespace muster::coro
