// SPDX-License-Identifier: MIT
// How much of a command's input may be on its way or wait at the host.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace muster::ssh {

/// For servers that confirm what the command has read in pieces of at most 96 KiB, as OpenSSH's does. Its buffer grows
/// to all that is sent ahead of the command, by a copy of the whole for each packet, and it never shrinks.
class send_window {
  public:
    using clock = std::chrono::steady_clock;

    enum class goal {
        all,       // as much as the server's window takes
        little,    // as much as a terminal's answers may repeat
        no_waste,  // half of the window, or all of it where the way is long
    };
    explicit send_window(goal of) noexcept : goal_(of) {}

    /// What may be sent now, in bytes; `open` is what the server's window has left.
    std::size_t room(std::size_t open, clock::time_point now) noexcept;
    void sent(std::size_t count, clock::time_point now) noexcept;

  private:
    std::size_t most() const noexcept;
    void confirmed(std::size_t count, clock::time_point now) noexcept;

    goal goal_;
    std::size_t whole_ = 0;     // the server's window; it opens with the command, and not with the channel
    std::size_t expected_ = 0;  // of the window, if nothing has been confirmed since
    std::size_t confirmed_ = 0;
    std::optional<clock::time_point> first_sent_;
    std::optional<clock::time_point> first_confirmed_;
};

}  // namespace muster::ssh
