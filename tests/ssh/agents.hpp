// SPDX-License-Identifier: MIT
// A real ssh-agent for one test.
#pragma once

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "child.hpp"

namespace muster::test {

/// The agent as a program without the set-group-id bit, which would make it outlive a test that is killed.
inline std::string plain_agent(std::string const& copy) {
    auto const found = output_of({"sh", "-c", "command -v ssh-agent"});
    std::filesystem::copy_file(found.substr(0, found.find('\n')), copy);
    std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
    return copy;
}

/// A real ssh-agent.
class running_agent {
  public:
    explicit running_agent(std::string socket)
        : socket_(std::move(socket)),
          process_({"setpriv", "--pdeathsig", "KILL", plain_agent(socket_ + "_program"), "-D", "-a", socket_}) {
        if (!eventually([this] { return ::access(socket_.c_str(), F_OK) == 0; })) FAIL("no agent: " + process_.err());
    }
    void add(std::string const& key) const { output_of({"ssh-add", "-q", key}, {"SSH_AUTH_SOCK=" + socket_}); }
    std::string const& socket() const { return socket_; }

  private:
    std::string socket_;
    child process_;
};

}  // namespace muster::test
