// SPDX-License-Identifier: MIT
// A client of ssh-agent (draft-ietf-sshm-ssh-agent): one connection, one request at a time, all of it on the loop.
#pragma once

#include "ssh/bytes/wire.hpp"
#include "ssh/keys/public_key.hpp"

#include <muster/coro/timeout.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace muster::ssh {

/// Why the agent gave no signature.
enum class agent_fault {
    unusable,  ///< no agent, or one that hangs or speaks nonsense: it is not asked again in this run
    refused,   ///< it said no: the user did not confirm, or the key is gone
};

class agent_error : public std::runtime_error {
  public:
    agent_error(agent_fault error, std::string const& reason) : std::runtime_error(reason), fault_(error) {}
    agent_fault fault() const noexcept { return fault_; }

  private:
    agent_fault fault_;
};

/// How long the agent may say nothing to all of its requests. A signature may wait for the user's touch or
/// confirmation, and for those of the signatures before it.
struct agent_limits {
    agent_limits() {}
    agent_limits(std::chrono::nanoseconds for_list, std::chrono::nanoseconds for_signature)
        : list(for_list), signature(for_signature) {}
    std::chrono::nanoseconds list = std::chrono::seconds(3);
    std::chrono::nanoseconds signature = std::chrono::seconds(60);
    std::chrono::nanoseconds quiet = std::chrono::seconds(5);  ///< a signature that takes longer is told of
};

/// A signature to ask for.
struct signature_request {
    bytes key;              ///< what the agent calls the key
    bytes data;             ///< what is signed
    std::string algorithm;  ///< such as "rsa-sha2-512"; a signature with another one counts as refused
    bytes bind;             ///< session_bind_request() of the session it is for; empty: none
    std::string host = {};  ///< whom it is for, in words
};

/// Whom an agent tells what the user should know; each may be empty.
struct agent_listeners {
    std::function<void()> unbound = {};  ///< it has not bound a connection
    /// It has not signed for this host yet: it may wait for the user, who may not know.
    std::function<void(std::string const& host)> slow = {};
};

/// The agent of a run, shared by all its hosts; used on one loop, which it does not outlive. Each signature has a
/// connection of its own, because a connection can be bound to one session only; more than `most_connections` wait.
/// While a caller waits here, `clock`, the deadline of its connect, stands still. Cancelling a request is safe.
class agent {
  public:
    static constexpr std::size_t most_connections = 8;

    /// Connects when it is first asked. An empty path is no agent.
    agent(coro::executor on, std::string socket, agent_limits limits = {}, agent_listeners listeners = {});
    ~agent();
    agent(agent const&) = delete;
    agent& operator=(agent const&) = delete;

    /// The keys it holds, asked once in a run, or again by list_again(). Empty, never an error, when there is no agent
    /// or it is not usable.
    coro::awaitable<std::vector<public_key>> identities(coro::deadline& clock);

    /// Those of them that it would use for the host of the session which `bind`, its session_bind_request(), is of:
    /// keys may be constrained to destinations. Asked anew for each login, as ssh does; empty as identities().
    coro::awaitable<std::vector<public_key>> identities_for(bytes bind, coro::deadline& clock);

    /// It holds keys for some host.
    bool holds_keys() const noexcept;

    /// Asks for the keys again, unless that was just done. Returns whether there are others than before.
    coro::awaitable<bool> list_again(coro::deadline& clock);

    /// The signature without the algorithm's name around it: what a libssh2 sign callback returns. For sk- keys: the
    /// signature with its length, flags and counter (PROTOCOL.u2f). Throws agent_error.
    coro::awaitable<bytes> sign(signature_request wanted, coro::deadline& clock);

    /// Why it is not usable, in words; empty while it is, or was never asked.
    std::string const& error_message() const noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace muster::ssh
