// SPDX-License-Identifier: MIT
// Units that are handed out first come, first served.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/wait_list.hpp>

#include <cstddef>
#include <exception>

namespace muster::coro::detail {

/// A unit given to a coroutine that waits is its own before it runs: none overtakes. If it is cancelled in the same
/// turn, the next in line gets it.
class turnstile {
  public:
    explicit turnstile(std::size_t units) : units_(units) {}
    turnstile(executor const& ex, std::size_t units) : waiters_(ex), units_(units) {}

    [[nodiscard]] awaitable<void> enter(char const* label);
    bool try_enter() noexcept;
    void leave() noexcept;

    /// Whoever waits now is thrown `error`.
    void refuse_all(std::exception_ptr error) noexcept { waiters_.wake_all(std::move(error)); }

    std::size_t units() const noexcept { return units_; }
    void bind(executor const& ex) { waiters_.bind(ex); }

  private:
    wait_list waiters_;
    std::size_t units_;
};

}  // namespace muster::coro::detail
