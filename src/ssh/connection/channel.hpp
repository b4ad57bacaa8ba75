// SPDX-License-Identifier: MIT
// One channel of a connection, from the request for it to its close: the only way in which channels are opened.
#pragma once

#include <libssh2.h>

#include <memory>
#include <string_view>

#include <asio/awaitable.hpp>

#include "ssh/bytes/wire.hpp"
#include "ssh/connection/channel_opening.hpp"
#include "ssh/connection/pump.hpp"

namespace muster::ssh {

/// Used by one coroutine at a time; ends before its connection. The destructor closes the channel without waiting: what
/// the server has not confirmed yet, its answer to a request for the channel among it, is left to the connection.
class channel {
  public:
    /// Not open yet. `type`, a literal, and `details` go into the request (RFC 4254 section 5.1). Of what comes only
    /// the output can be read.
    channel(pump& connection, std::string_view type, bytes details, unsigned window);
    /// A "session" channel (RFC 4254 section 6.1) with the connection's window, whose errors can be read, too.
    explicit channel(pump& connection);
    /// One that the server has opened: nothing more is granted to it, and only the output can be read.
    channel(pump& connection, LIBSSH2_CHANNEL* opened);
    ~channel();
    channel(channel const&) = delete;
    channel& operator=(channel const&) = delete;

    /// Opens it: 0, or libssh2's code for why there is none, after which it can't be opened again. Cancelled, it goes
    /// on where it was when it is called again.
    asio::awaitable<long> open();

    bool is_open() const noexcept { return opened_ != nullptr; }
    /// For libssh2's calls; null until it is open.
    LIBSSH2_CHANNEL* get() const noexcept { return opened_; }

  private:
    pump& connection_;
    bool counted_;  // in the memory that the connection may use
    bool has_errors_ = false;
    std::unique_ptr<channel_opening> opening_;
    LIBSSH2_CHANNEL* opened_ = nullptr;
};

}  // namespace muster::ssh
