// SPDX-License-Identifier: MIT
// A real sshd that runs as root and lets root log in, with accounts of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"

namespace muster::test {

/// Root's home is in its folder, and it has a /run of its own for the empty folder that sshd insists on. Needs root, an
/// sshd and libnss_wrapper: see missing().
class root_server {
  public:
    /// What is not here; empty: a root_server can be started.
    static std::string missing();

    root_server();

    bool listens() const;
    std::string words_of_server() const { return process_.err(); }
    endpoint where() const;
    /// An ssh configuration with a host of that name.
    std::string config(std::string const& host) const;

  private:
    std::vector<std::string> words() const;
    std::string accounts(std::string const& file) const;

    scratch_folder folder_;
    std::string key_;
    std::string host_key_;
    std::uint16_t port_ = closed_port().port();
    child process_;
};

}  // namespace muster::test
