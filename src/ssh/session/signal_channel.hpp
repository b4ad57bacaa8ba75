// SPDX-License-Identifier: MIT
// A second session channel beside a command's: it signals the command's process group where the server does not, and
// looks whether anything of it lives.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>

#include <muster/transport.hpp>

#include "ssh/connection/channel.hpp"
#include "ssh/connection/pump.hpp"

namespace muster::ssh {

enum class group_state { alive, gone, unknown };

/// Used by the command's one coroutine. Every call can be cancelled, and goes on where it was when it is called again.
/// Never opened where the server runs a command of its own choice instead of what is asked for: that would run again.
class signal_channel {
  public:
    explicit signal_channel(pump& connection);

    /// Finds the process groups of the connection's commands. False: there is no second session to be had, or it could
    /// not find any; then nothing else here works.
    asio::awaitable<bool> open();

    /// open() has found them.
    bool is_open() const noexcept { return open_.value_or(false); }

    /// Signals the groups. For an opened one only.
    asio::awaitable<void> signal(stop_signal signal);

    /// Whether any process of the groups is left.
    asio::awaitable<group_state> look();

  private:
    asio::awaitable<bool> start();
    asio::awaitable<std::optional<std::string>> ask(std::string_view word);
    asio::awaitable<std::optional<std::string>> read_line();
    long poll_line();

    pump& connection_;
    channel channel_;
    bool started_ = false;
    bool failed_ = false;
    std::optional<bool> open_;
    std::size_t unanswered_ = 0;  // lines to come for questions that were cut short
    std::string received_;
};

}  // namespace muster::ssh
