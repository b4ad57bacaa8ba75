// SPDX-License-Identifier: MIT
// Finds what blocks an event loop.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <functional>
#include <memory>

namespace muster::coro {

/// For debugging and tests: a thread that asks the loop for a turn and calls on_blocked, on that thread, when none
/// comes within `limit`: a call blocks the loop, or a catch block has swallowed a cancellation and awaits again.
/// Without on_blocked it prints this rule and aborts, so that the core shows where the loop is. Make and destroy it
/// while the loop's context lives; the watchdog takes a loop that no thread runs for a blocked one.
class loop_watchdog {
  public:
    explicit loop_watchdog(executor ex, duration limit = std::chrono::seconds(2),
                           std::function<void()> on_blocked = {});
    ~loop_watchdog();
    loop_watchdog(loop_watchdog const&) = delete;
    loop_watchdog& operator=(loop_watchdog const&) = delete;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace muster::coro
