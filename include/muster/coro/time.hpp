// SPDX-License-Identifier: MIT
// Time as the tasks of a loop see it: the steady clock, or one set by hand (manual_clock).
#pragma once

#include <muster/coro/awaitable.hpp>

namespace muster::coro {

/// The time of the executor's loop.
[[nodiscard]] time_point now(executor const& ex);

/// The time of the calling task's loop.
[[nodiscard]] awaitable<time_point> now();

/// Waits; for a duration of zero or less it lets the other tasks that are ready run first.
[[nodiscard]] awaitable<void> sleep_for(duration d);
[[nodiscard]] awaitable<void> sleep_until(time_point when);

}  // namespace muster::coro
