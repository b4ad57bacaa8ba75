// SPDX-License-Identifier: MIT
// A call at a point in time, on the clock of its loop.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/function_ref.hpp>
#include <muster/coro/detail/loop.hpp>

#include <asio/steady_timer.hpp>
#include <memory>
#include <optional>

namespace muster::coro::detail {

/// Rings once when its time has come, on its executor, unless disarmed or destroyed before.
class alarm {
  public:
    alarm(executor const& ex, function_ref ring) : executor_(ex), loop_(loop::of(ex)), ring_(ring) {}
    ~alarm() { disarm(); }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;

    void arm(time_point when);
    void disarm() noexcept;

  private:
    friend class loop;
    void ring();

    executor executor_;
    loop& loop_;
    function_ref ring_;
    std::optional<loop::schedule::iterator> scheduled_;  // time set by hand
    std::optional<asio::steady_timer> timer_;            // real time
    std::shared_ptr<alarm*> armed_;                      // null inside: the timer's call came too late
};

}  // namespace muster::coro::detail
