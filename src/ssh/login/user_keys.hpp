// SPDX-License-Identifier: MIT
// Which keys and certificates are offered to a host, in which order, and what each signs with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>

#include "ssh/keys/private_key.hpp"
#include "ssh/keys/public_key.hpp"
#include "ssh/login/credentials.hpp"

namespace muster::ssh {

/// A key to offer. It signs with `private_key`, with what `encrypted_file` holds, or else in the agent.
struct user_key {
    public_key offered;  ///< the key or its certificate; nothing when only the locked file can tell
    std::optional<ssh::private_key> private_key;
    std::string encrypted_file;  ///< empty: none is needed
    bytes agent_key_blob;        ///< what the agent calls the key that signs
    std::string label;           ///< for the error text: "id_ed25519" or "agent:2"
};

struct key_choice {
    std::vector<user_key> keys;
    std::vector<std::string> left_out;  ///< for the error text: each key that the settings exclude, and the setting
};

/// In ssh's order: certificates that `where` names, keys of the agent that it names, the agent's other keys unless
/// identities_only, then files, each behind the certificate in KEY.pub and before the one in KEY-cert.pub.
key_choice user_keys(endpoint const& endpoint, credentials const& files, std::vector<public_key> const& in_agent);

}  // namespace muster::ssh
