// SPDX-License-Identifier: MIT
// ssh-agents for one test: a real one, and one that says nothing.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "ssh/support/child.hpp"

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

/// An agent that takes connections and says nothing.
class silent_agent {
  public:
    explicit silent_agent(std::string const& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(socket_, 8) == 0);
    }
    ~silent_agent() { ::close(socket_); }
    silent_agent(silent_agent const&) = delete;
    silent_agent& operator=(silent_agent const&) = delete;

    /// Somebody has connected.
    bool is_asked() const {
        pollfd waiting{socket_, POLLIN, 0};
        return ::poll(&waiting, 1, 0) == 1;
    }

  private:
    int socket_;
};

}  // namespace muster::test
