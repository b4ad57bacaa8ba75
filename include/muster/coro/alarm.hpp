// SPDX-License-Identifier: MIT
// A call at a point in time, on the clock of its loop.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/time.hpp>

#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace muster::coro {

/// Rings once when its time has come, on its executor, unless it is disarmed or destroyed before (asyncio's call_at).
/// For what has no coroutine of its own to sleep in. `ring` must not throw; all members are for the loop's thread.
class alarm {
  public:
    alarm(executor const& ex, std::function<void()> ring)
        : executor_(ex), loop_(detail::loop::of(ex)), ring_(std::move(ring)) {}
    ~alarm() { disarm(); }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;

    /// Instead of the time it was armed for before.
    void arm(time_point when);
    void disarm() noexcept;

  private:
    friend class detail::loop;
    void ring();

    executor executor_;
    detail::loop& loop_;
    std::function<void()> ring_;
    std::optional<detail::loop::schedule::iterator> scheduled_;  // time set by hand
    std::optional<asio::steady_timer> timer_;                    // real time
    std::shared_ptr<alarm*> armed_;                              // null inside: the timer's call came too late
};

}  // namespace muster::coro
