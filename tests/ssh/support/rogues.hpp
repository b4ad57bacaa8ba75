// SPDX-License-Identifier: MIT
// SSH servers that misbehave after the banner: those of hostile_server.py, in one process.
#pragma once

#include <map>
#include <string>

#include <muster/endpoint.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"

namespace muster::test {

class rogue_servers {
  public:
    /// They have the host key of the fleet, and let in everybody.
    explicit rogue_servers(ssh_fleet const& fleet);

    /// How to reach the server of that name in hostile_server.py.
    endpoint at(std::string const& name) const;

  private:
    endpoint real_;
    std::string second_key_;
    child program_;
    std::map<std::string, std::uint16_t> ports_;
};

}  // namespace muster::test
