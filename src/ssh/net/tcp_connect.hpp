// SPDX-License-Identifier: MIT
// From an endpoint to a TCP connection: name look-up, local address, the race of the addresses.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <asio/ip/tcp.hpp>

#include <muster/transport.hpp>

#include "ssh/net/resolver.hpp"

namespace muster::ssh {

/// Looks the name up and connects to the first address that answers: addresses are tried in order, the next one starts
/// when one fails or has been silent for 250 ms (RFC 8305 section 5). Throws transport_error (stages resolve, connect,
/// local).
asio::awaitable<asio::ip::tcp::socket> connect_tcp(endpoint const& endpoint, resolver& names,
                                                   connect_progress& progress);

}  // namespace muster::ssh
