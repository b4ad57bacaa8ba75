// SPDX-License-Identifier: MIT
// The messages of ssh-agent (draft-ietf-sshm-ssh-agent), without the length in front of them.
#pragma once

#include "ssh/bytes/wire.hpp"
#include "ssh/keys/public_key.hpp"

#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace muster::ssh {

/// No message of an agent is longer; OpenSSH's programs have the same limit.
constexpr std::size_t longest_agent_message = std::size_t{256} << 10U;

/// The agent answered that it won't, or with another signature than asked for; `what()` says so.
struct agent_refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

bytes list_request();

/// Throws wire_error for anything but a list of keys; a refusal is an empty list.
std::vector<public_key> parse_list(byte_view answer);

/// For an RSA key `algorithm` chooses the hash.
bytes sign_request(byte_view key, byte_view data, std::string_view algorithm);

/// The signature without the algorithm's name; see agent::sign. Throws agent_refusal, wire_error.
bytes parse_signature(byte_view answer, std::string_view algorithm);

}  // namespace muster::ssh
