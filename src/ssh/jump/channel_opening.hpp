// SPDX-License-Identifier: MIT
// A "direct-tcpip" channel (RFC 4254 section 7.2) that has been asked for; many may be at a time.
#pragma once

#include <libssh2_muster.h>

#include <cstdint>
#include <string>

#include "ssh/bytes/wire.hpp"
#include "ssh/connection/link.hpp"

namespace muster::ssh {

/// Belongs to a connection, which must outlive it. Once the server was asked, it has to be gone on with until it is
/// settled: an answer that nobody takes would stay with the session.
class channel_opening {
  public:
    channel_opening(link const& connection, std::string const& host, std::uint16_t port);
    ~channel_opening();
    channel_opening(channel_opening const&) = delete;
    channel_opening& operator=(channel_opening const&) = delete;

    /// One look at what has come: 0 when the channel is there, LIBSSH2_ERROR_EAGAIN while there is no answer, else why
    /// there is no channel. Does not read from the connection.
    long step();

    LIBSSH2_CHANNEL* channel() const noexcept { return channel_; }

  private:
    LIBSSH2_SESSION* session_;
    unsigned window_;
    muster_open_state* state_;
    bytes where_;
    LIBSSH2_CHANNEL* channel_ = nullptr;
};

}  // namespace muster::ssh
