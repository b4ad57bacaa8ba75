// SPDX-License-Identifier: MIT
// A channel that has been asked for (RFC 4254 section 5.1), of whatever type; many may be at a time.
#pragma once

#include <libssh2_muster.h>

#include <string_view>

#include "ssh/bytes/wire.hpp"

namespace muster::ssh {

/// Belongs to a libssh2 session, which must outlive it. Once the server was asked, it has to be gone on with until it
/// is settled: an answer that is not taken would stay with the session.
class channel_opening {
  public:
    /// `type`, a literal, and `details` are the request's; `window` is what the server may send at once.
    channel_opening(LIBSSH2_SESSION* session, std::string_view type, bytes details, unsigned window);
    ~channel_opening();
    channel_opening(channel_opening const&) = delete;
    channel_opening& operator=(channel_opening const&) = delete;

    /// One look at what has come: 0 when the channel is there, LIBSSH2_ERROR_EAGAIN while there is no answer, else why
    /// there is no channel.
    long step();

    LIBSSH2_CHANNEL* channel() const noexcept { return channel_; }

  private:
    LIBSSH2_SESSION* session_;
    std::string_view type_;
    bytes details_;
    unsigned window_;
    muster_open_state* state_;
    LIBSSH2_CHANNEL* channel_ = nullptr;
};

}  // namespace muster::ssh
