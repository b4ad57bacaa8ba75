// SPDX-License-Identifier: MIT
// Time as the tasks of a loop see it: the steady clock, or one set by hand (manual_clock).
#pragma once

#include <muster/coro/awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace muster::coro {

/// The time of the executor's loop.
[[nodiscard]] time_point now(executor const& ex);

/// The time of the calling task's loop.
[[nodiscard]] awaitable<time_point> now();

/// `d` after `t`, but no later than the end of time: a limit of duration::max() never passes.
template <class Rep, class Period>
[[nodiscard]] constexpr time_point time_after(time_point t, std::chrono::duration<Rep, Period> d) {
    using given = std::chrono::duration<Rep, Period>;
    if (d > std::chrono::duration_cast<given>(time_point::max() - std::max(t, time_point()))) return time_point::max();
    return t + d;
}

/// Waits; for a duration of zero or less it lets the other tasks that are ready run first. On the loop's thread only,
/// or a strand (wrong_loop).
[[nodiscard]] awaitable<void> sleep_for(duration d);
[[nodiscard]] awaitable<void> sleep_until(time_point when);

}  // namespace muster::coro
