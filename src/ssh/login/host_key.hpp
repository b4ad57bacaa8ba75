// SPDX-License-Identifier: MIT
// Is this the right host? The check of the server's key, after the key exchange and before anything is told to the
// server.
#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include <muster/endpoint.hpp>

#include "ssh/connection/pump.hpp"
#include "ssh/login/credentials.hpp"
#include "ssh/login/prompts.hpp"

namespace muster::ssh {

/// Whether libssh2 can be made to take host certificates. Call it before the first session; it changes libssh2's
/// tables.
void accept_host_certificates();

/// The name under which the host is looked up: its alias, or its address and port.
struct host_key_name {
    explicit host_key_name(endpoint const& endpoint);
    std::string name;
    std::uint16_t port;
};

/// The server has shown a key of a type that is not known for it, but keys of other types are: ask for those, once.
struct ask_for_known_types {
    std::vector<std::string> types;
};

/// Whose key it should be.
struct shown_host {
    endpoint const& target;
    std::string const& address;  ///< what it is connected to, in numbers; empty: not known
    bool asked_already;          ///< for keys of the known types
};

/// Who is asked about an unknown key.
struct key_question {
    prompts& asked;
    coro::deadline& clock;
};

/// Returns when the key is known, or vouched for by a known authority's certificate, or new, accepted and recorded. As
/// ssh does, the key of a certificate that is not good for the host is looked at as a plain one, and with CheckHostIP
/// another key must not be known for the address. Throws transport_error (state host_key), and ask_for_known_types
/// unless `asked_already`. Long look-ups and the recording happen in `threads`.
asio::awaitable<void> verify_host_key(pump const& connection, shown_host const& host, credentials& files,
                                      asio::thread_pool& threads, key_question question);

}  // namespace muster::ssh
