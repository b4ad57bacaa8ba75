// SPDX-License-Identifier: MIT
// A flag that tasks can wait for.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/wait_list.hpp>

namespace muster::coro {

/// Level-triggered, for any number of waiters. The first wait binds it to that loop; wrong_loop on any other. Use it on
/// its loop only; must outlive those who wait.
class event {
  public:
    event() = default;

    /// Wakes everybody who waits, even if it is reset before they run.
    void set() noexcept {
        set_ = true;
        waiters_.wake_all();
    }
    void reset() noexcept { set_ = false; }
    bool is_set() const noexcept { return set_; }

    /// Returns at once, or after a turn of the loop, when it is set.
    [[nodiscard]] awaitable<void> wait();

  private:
    bool set_ = false;
    detail::wait_list waiters_;
};

}  // namespace muster::coro
