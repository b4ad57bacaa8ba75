// SPDX-License-Identifier: MIT
// User authentication (RFC 4252): which keys are offered, in which order, and who signs.
#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include <muster/endpoint.hpp>

#include <muster/coro/timeout.hpp>

#include "ssh/agent.hpp"
#include "ssh/credentials.hpp"
#include "ssh/link.hpp"

namespace muster::ssh {

/// A key to offer: signed for by the file's secret or, without one, by the agent.
struct candidate {
    candidate(public_key offered, std::optional<private_key> signs, std::string called)
        : key(std::move(offered)), secret(std::move(signs)), label(std::move(called)) {}
    public_key key;
    std::optional<private_key> secret;
    std::string label;  ///< for the error text: "id_ed25519" or "agent:2"
};

/// In ssh's order: keys of the agent that `where` names, its other keys unless identities_only, then files.
std::vector<candidate> candidates(endpoint const& where, credentials const& files,
                                  std::vector<public_key> const& in_agent);

/// Logs in. Throws transport_error (state auth, or unreachable when the connection broke); its text names what was
/// tried.
asio::awaitable<void> authenticate(link& connection, endpoint const& where, credentials const& files, agent& helper,
                                   coro::deadline& clock);

}  // namespace muster::ssh
