// SPDX-License-Identifier: MIT
// From hosts to endpoints: command line, ssh's configuration and its defaults, in this order.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/host.hpp>

#include "ssh_config/config_file.hpp"
#include "ssh_config/tokens.hpp"

namespace muster::ssh_config {

/// What the command line says about reaching hosts. It holds for every host; only what is written in a host's own
/// pattern (`user@host:port`) goes before `user` and `port`.
struct ssh_settings {
    std::optional<std::string> config_file;                   ///< -F; "none": no file at all
    std::vector<std::string> options;                         ///< -o, "Keyword=value"; the first one wins
    std::string user;                                         ///< -l
    std::optional<std::uint16_t> port;                        ///< -p
    std::vector<std::string> identities;                      ///< -i
    std::optional<std::chrono::nanoseconds> connect_timeout;  ///< -t, before ConnectTimeout
    std::optional<address_family> family;                     ///< -4, -6, before AddressFamily
    std::string jump;                                         ///< -J, before ProxyJump and ProxyCommand
    bool accept_new = false;                                  ///< --accept-new, before StrictHostKeyChecking
    std::string system_config = "/etc/ssh/ssh_config";        ///< read after the user's own, but not with -F
};

/// One endpoint for each host, in order. Reads the configuration once; 10,000 hosts take some 0.1 s. Blocks.
/// Throws config_error for a configuration or settings that can't be used at all. What is wrong with one host alone,
/// and what muster would have to do for it and does not, is in endpoint::fault.
std::vector<endpoint> make_endpoints(host_list const& hosts, ssh_settings const& settings, local_account const& local,
                                     config_files const& files = files_on_disk());

}  // namespace muster::ssh_config
