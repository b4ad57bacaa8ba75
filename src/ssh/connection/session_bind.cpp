// SPDX-License-Identifier: MIT
// Builds the request from what the first key exchange has left, and reads its answer.
#include "ssh/connection/session_bind.hpp"

#include <libssh2_muster.h>

namespace muster::ssh {

namespace {
constexpr std::uint8_t extension = 27;  // SSH_AGENTC_EXTENSION
constexpr std::uint8_t success = 6;     // SSH_AGENT_SUCCESS
}  // namespace

bytes session_bind_request(LIBSSH2_SESSION* session, bool forwarded) {
    muster_first_exchange exchange{};
    if (muster_get_first_exchange(session, &exchange) == 0) return {};
    return wire_writer()
        .u8(extension)
        .string("session-bind@openssh.com")
        .string(byte_view(exchange.host_key, exchange.host_key_size))
        .string(byte_view(exchange.session_id, exchange.session_id_size))
        .string(byte_view(exchange.signature, exchange.signature_size))
        .u8(forwarded ? 1 : 0)
        .take();
}

bool says_bound(byte_view answer) noexcept {
    return answer.size() == 1 && answer.front() == success;
}

std::string unbound_warning(std::string const& socket) {
    return "the agent at " + socket +
           " does not know session-bind@openssh.com: a host that it is lent to can use it as a program of this machine "
           "can (OpenSSH's agent knows it since 8.9)";
}

}  // namespace muster::ssh
