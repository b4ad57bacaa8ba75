// SPDX-License-Identifier: MIT
// Where and how to reach one host: what is left of a host after configuration, defaults and command line were applied.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster {

/// What to do with a server whose key is in no known_hosts file. A changed or revoked key is always refused.
enum class host_key_policy {
    strict,      ///< refuse it
    accept_new,  ///< add it to the first user_known_hosts file and go on
};

/// A private key file to try. One that was asked for by name must be usable; one from a default is skipped when
/// missing.
struct identity_file {
    std::string path;
    bool required = false;
};

/// A value without behaviour; built by fleet, read by the transports.
struct endpoint {
    std::string label;           ///< unique name in output and reports
    std::string name;            ///< the host as written, without user and port
    std::string address;         ///< what to connect to, and the name in known_hosts: HostName, or `name` in lower case
    std::uint16_t port = 22;     ///< TCP port
    std::string user;            ///< login name
    std::string host_key_alias;  ///< name for known_hosts instead of `address` and port; empty: none
    std::optional<std::chrono::nanoseconds> connect_timeout;  ///< empty: options::connect_timeout
    std::vector<identity_file> identities;
    bool identities_only = false;  ///< offer only the agent keys that `identities` names
    std::string agent_socket;      ///< path of ssh-agent's socket; empty: no agent
    std::vector<std::string> user_known_hosts;
    std::vector<std::string> global_known_hosts;
    std::string revoked_host_keys;  ///< file of keys never to be accepted (KRL or plain text); empty: none
    host_key_policy host_keys = host_key_policy::strict;
    bool hash_known_hosts = false;  ///< write names hashed into user_known_hosts
    std::string fault;  ///< not empty: the host can't be tried, and this says why (file, line, option, way out)
};

}  // namespace muster
