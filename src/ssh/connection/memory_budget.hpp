// SPDX-License-Identifier: MIT
// How much memory libssh2 may use for one connection, as a count without any memory of its own.
#pragma once

#include <algorithm>
#include <cstddef>

namespace muster::ssh {

/// Asked before each allocation. Once it has refused one it refuses all: a peer that makes libssh2 allocate so much
/// never stops, and what was refused once leaves libssh2 in a state that nothing but its end mends.
class memory_budget {
  public:
    /// What one call of libssh2 may allocate: some times more than it needs for the 128 KiB that it reads in a turn. A
    /// call that a peer keeps busy without an end comes to one here.
    static constexpr std::size_t call_limit = std::size_t{2} * 1024 * 1024;
    /// What the session may hold until the login is over, and what each channel adds to that at least: libssh2 keeps
    /// packets that it knows nothing to do with until the session ends.
    static constexpr std::size_t login_limit = std::size_t{512} * 1024;
    static constexpr std::size_t channel_limit = std::size_t{2} * 1024 * 1024;

    /// `window` is what a peer may send into each channel before it is read.
    explicit constexpr memory_budget(std::size_t window) noexcept : channel_(std::max(channel_limit, 4 * window)) {}

    /// A call of libssh2 begins.
    constexpr void begin_call() noexcept { allocated_ = 0; }

    /// Whether `size` bytes more may be allocated when the session holds `held`.
    constexpr bool grant(std::size_t size, std::size_t held) noexcept {
        allocated_ += size;
        if (allocated_ > call_limit || held + size > limit_) exhausted_ = true;
        return !exhausted_;
    }
    constexpr bool exhausted() const noexcept { return exhausted_; }

    constexpr void add_channel() noexcept { limit_ += channel_; }
    constexpr void drop_channel() noexcept { limit_ -= channel_; }

  private:
    std::size_t channel_;
    std::size_t allocated_ = 0;  // by the call in progress
    std::size_t limit_ = login_limit;
    bool exhausted_ = false;
};

}  // namespace muster::ssh
