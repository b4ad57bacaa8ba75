// SPDX-License-Identifier: MIT
// What an inventory says about reaching a host and about the host itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::hosts {

/// Counts like what is written with the host itself: before -l, -p and the ssh configuration, behind `user@host:port`.
struct overrides {
    std::string address;  ///< to connect to instead of the name; empty: the name
    std::optional<std::uint16_t> port;
    std::string user;
    std::string identity;             ///< a private key's file
    std::string jump;                 ///< "[user@]host[:port],..."
    std::string error;                ///< not empty: why the host can't be reached as the inventory wants it
    std::vector<std::string> groups;  ///< that the host is in, sorted
    std::map<std::string, std::string> variables;  ///< texts as they are, everything else as JSON
};

}  // namespace muster::hosts
