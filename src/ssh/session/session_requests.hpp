// SPDX-License-Identifier: MIT
// What is asked for a session before its command: a terminal, variables, the agent (RFC 4254 section 6).
#pragma once

#include <asio/awaitable.hpp>

#include <muster/endpoint.hpp>

#include "ssh/connection/link.hpp"

namespace muster::ssh {

/// Asks for what `where` says. Throws transport_error: `refused` for a terminal or an agent that the server does not
/// grant. A variable that it does not take is not noticed: servers take few, and don't say so.
asio::awaitable<void> prepare_session(link& connection, LIBSSH2_CHANNEL* channel, endpoint const& where);

}  // namespace muster::ssh
