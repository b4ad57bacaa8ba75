// SPDX-License-Identifier: MIT
// The agent's request session-bind@openssh.com (PROTOCOL.agent of OpenSSH): it tells the agent which host a connection
// to it serves, so that it can tell a host's requests from those of this machine and keep a key to the hosts it is for.
#pragma once

#include <libssh2.h>

#include "ssh/bytes/wire.hpp"

namespace muster::ssh {

/// For the host of this session, whose first key exchange is over. `forwarded`: the agent is lent to the host. Without
/// the length in front; empty when what it needs could not be kept for want of memory.
bytes session_bind_request(LIBSSH2_SESSION* session, bool forwarded);

/// Whether the agent's answer says that the connection is bound. One that does not know the request refuses it.
bool says_bound(byte_view answer) noexcept;

/// What the user is told about an agent that does not know the request.
std::string unbound_warning(std::string const& socket);

}  // namespace muster::ssh
