// SPDX-License-Identifier: MIT
// What is asked for a session before its command: a terminal, variables, the agent (RFC 4254 section 6).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>

#include "ssh/connection/pump.hpp"

namespace muster::ssh {

using variable_list = std::vector<std::pair<std::string, std::string>>;

/// What a command has besides its channel.
struct session_requests {
    bool terminal;
    bool agent;  ///< ours, lent to the host
    variable_list const& of_host;
    variable_list const& of_step;
};

/// Asks for it. Throws transport_error: `refused` for a terminal or an agent that the server does not
/// grant. A variable that it does not take is not noticed: servers take few, and don't say so.
asio::awaitable<void> prepare_session(pump& connection, LIBSSH2_CHANNEL* channel, session_requests const& wanted);

}  // namespace muster::ssh
