// SPDX-License-Identifier: MIT
// User authentication (RFC 4252): which methods are tried, in which order, and what is said when none helps.
#pragma once

#include <functional>
#include <string>

#include <asio/awaitable.hpp>

#include "ssh/login/publickey_login.hpp"

namespace muster::ssh {

/// Told what the server says to everybody before a login (SSH_MSG_USERAUTH_BANNER); may be empty.
using hear_banner = std::function<void(std::string const& text)>;

/// Logs in by the methods of the endpoint, in their order, one after the other while the server wants more than one.
/// With `banner` the server is asked for its methods first, which costs a round trip. Throws transport_error (state
/// auth, or unreachable when the connection broke); its text names what was tried.
asio::awaitable<void> authenticate(login_means const& means, hear_banner const& banner);

}  // namespace muster::ssh
