// SPDX-License-Identifier: MIT
// From a byte stream through the exchange of identification strings and keys (RFC 4253 sections 4.2 and 7).
#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include <muster/transport.hpp>

#include "ssh/connection/algorithms.hpp"
#include "ssh/connection/pump.hpp"

namespace muster::ssh {

/// The server has ended the connection before it said anything, as sshd does when too many are on their way
/// (MaxStartups).
class connection_limited : public transport_error {
  public:
    explicit connection_limited(std::string const& reason)
        : transport_error(final_state::unreachable, stage::banner, reason) {}
};

/// Exchanges identification strings and keys. Throws transport_error (stages banner, handshake); the host key is not
/// checked yet.
asio::awaitable<void> handshake(pump& connection, offered_algorithms const& offered, connect_progress& progress);

}  // namespace muster::ssh
