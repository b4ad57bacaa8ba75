// SPDX-License-Identifier: MIT
// What a caller says about reaching hosts, before ssh's configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>

namespace muster {

/// ssh's options as values. They hold for every host; only what is written in a host's own pattern (`user@host:port`)
/// goes before `user` and `port`.
struct ssh_settings {
    std::optional<std::string> config_file = {};                   ///< -F; "none": no file at all
    std::vector<std::string> options = {};                         ///< -o, "Keyword=value"; the first one wins
    std::string user = {};                                         ///< -l
    std::optional<std::uint16_t> port = {};                        ///< -p
    std::vector<std::string> identities = {};                      ///< -i
    std::optional<std::chrono::nanoseconds> connect_timeout = {};  ///< -t, before ConnectTimeout
    std::optional<address_family> family = {};                     ///< -4, -6, before AddressFamily
    std::string jump = {};                                         ///< -J, before ProxyJump and ProxyCommand
    bool accept_new = false;                                       ///< --accept-new, before StrictHostKeyChecking
    std::string command = {};                                      ///< what the hosts shall run, for `Match command`
    std::string system_config = "/etc/ssh/ssh_config";             ///< read after the user's own, but not with -F
};

}  // namespace muster
