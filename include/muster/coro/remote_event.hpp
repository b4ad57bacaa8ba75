// SPDX-License-Identifier: MIT
// An event that other threads can set.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/event.hpp>

#include <functional>
#include <memory>

namespace muster::coro {

/// An event of one loop whose setter may be copied to any thread, called from there, and kept for longer than the event
/// and the loop live: then it does nothing. Calls made before the loop comes to them are one.
class remote_event {
  public:
    explicit remote_event(executor const& ex);
    ~remote_event();
    remote_event(remote_event const&) = delete;
    remote_event& operator=(remote_event const&) = delete;

    /// A function that sets the event on its loop.
    [[nodiscard]] std::function<void()> setter() const;

    void set() noexcept { event_.set(); }
    void reset() noexcept { event_.reset(); }
    bool is_set() const noexcept { return event_.is_set(); }
    [[nodiscard]] awaitable<void> wait() { return event_.wait(); }

  private:
    struct link;
    event event_;
    std::shared_ptr<link> link_;
};

}  // namespace muster::coro
