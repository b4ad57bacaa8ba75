// SPDX-License-Identifier: MIT
// From an endpoint to a TCP connection, and from there through the key exchange.
#pragma once

#include <string>

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <muster/transport.hpp>

#include "ssh/algorithms.hpp"
#include "ssh/link.hpp"
#include "ssh/resolver.hpp"

namespace muster::ssh {

/// Looks the name up and connects to the first address that answers: addresses are tried in order, the next one starts
/// when one fails or has been silent for 250 ms (RFC 8305 section 5). Throws transport_error (stages resolve, connect,
/// local).
asio::awaitable<asio::ip::tcp::socket> connect_tcp(endpoint const& where, resolver& names, connect_progress& progress);

/// The server has ended the connection before it said anything, as sshd does when too many are on their way
/// (MaxStartups).
class turned_away : public transport_error {
  public:
    explicit turned_away(std::string const& reason)
        : transport_error(final_state::unreachable, stage::banner, reason) {}
};

/// Exchanges identification strings and keys. Throws transport_error (stages banner, handshake); the host key is not
/// checked yet.
asio::awaitable<void> handshake(link& connection, offered_algorithms const& offered, connect_progress& progress);

}  // namespace muster::ssh
