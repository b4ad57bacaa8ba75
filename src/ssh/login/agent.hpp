// SPDX-License-Identifier: MIT
// A client of ssh-agent (draft-ietf-sshm-ssh-agent): one connection, one request at a time, all of it on the loop.
#pragma once

#include "ssh/bytes/wire.hpp"
#include "ssh/keys/public_key.hpp"

#include <muster/coro/timeout.hpp>

#include <chrono>
#include <cstdint>
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
    agent_error(agent_fault fault, std::string const& reason) : std::runtime_error(reason), fault_(fault) {}
    agent_fault fault() const noexcept { return fault_; }

  private:
    agent_fault fault_;
};

/// How long the agent may take. A signature may wait for the user's touch or confirmation.
struct agent_limits {
    agent_limits() {}
    agent_limits(std::chrono::nanoseconds for_list, std::chrono::nanoseconds for_signature)
        : list(for_list), signature(for_signature) {}
    std::chrono::nanoseconds list = std::chrono::seconds(3);
    std::chrono::nanoseconds signature = std::chrono::seconds(60);
};

/// The agent of a run, shared by all its hosts; used on one loop, which it does not outlive. Requests are served in the
/// order they were made. While a caller waits here, `clock`, the deadline of its connect, stands still. Cancelling a
/// request is safe: the connection is opened anew for the next one.
class agent {
  public:
    /// Connects when it is first asked. An empty path is no agent.
    agent(coro::executor on, std::string socket, agent_limits limits = {});
    ~agent();
    agent(agent const&) = delete;
    agent& operator=(agent const&) = delete;

    /// The keys it holds, asked once in a run. Empty, never an error, when there is no agent or it is not usable.
    coro::awaitable<std::vector<public_key>> identities(coro::deadline& clock);

    /// The signature of `data` with the key `blob`, without the algorithm's name around it: what a libssh2 sign
    /// callback returns. `algorithm` is the one of the request, such as "rsa-sha2-512"; an answer of another one counts
    /// as refused. For sk- keys: the signature with its length, flags and counter (PROTOCOL.u2f). Throws agent_error.
    coro::awaitable<bytes> sign(bytes blob, bytes data, std::string algorithm, coro::deadline& clock);

    /// Why it is not usable, in words; empty while it is, or was never asked.
    std::string const& trouble() const noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace muster::ssh
