// SPDX-License-Identifier: MIT
// The command's standard input: the input on its way into the session channel.
#pragma once

#include <libssh2.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/input.hpp>

#include "input/input_feed.hpp"
#include "ssh/connection/pump.hpp"
#include "ssh/session/send_window.hpp"

namespace muster::ssh {

/// Sends no more than the server's window takes, and keeps no bytes of its own but a packet that libssh2 has begun.
class channel_input {
  public:
    /// A terminal ends its input with a character, not with the channel's end of file.
    channel_input(pump const& connection, asio::any_io_executor const& loop, std::shared_ptr<command_input> from,
                  bool terminal);

    /// Sends what can be sent now, within limits; `room` is used meanwhile. A broken connection is for the reader to
    /// notice.
    void send(pump& connection, LIBSSH2_CHANNEL* channel, std::span<char> room);
    /// The command does not read it any more.
    void drop();
    /// Nothing more is to be sent.
    bool ended() const noexcept { return ended_; }

    /// Adds what else but the connection can let it go on, after a turn has sent what it could.
    void add_waits(pump const& connection, std::vector<asio::awaitable<void>>& to);

  private:
    enum class next_step { at_once, later };
    next_step send_piece(LIBSSH2_CHANNEL* channel, std::span<char> room);
    next_step send_end(LIBSSH2_CHANNEL* channel);
    std::string_view next_piece(LIBSSH2_CHANNEL* channel, std::span<char> room);
    next_step after(ssize_t sent, std::string_view piece);

    input_feed feed_;
    bool terminal_;
    send_window window_;
    bool in_line_ = false;   // the last byte ended no line
    std::string begun_;      // what libssh2 wants to be given again
    std::string last_word_;  // to a terminal, in place of an end of file
    bool ended_ = false;
    bool starved_ = false;  // waits for the input
    bool sated_ = false;    // has stopped only because others have their turn
};

}  // namespace muster::ssh
