// SPDX-License-Identifier: MIT
// The transport over libssh2: one host's connection, in the order that safety needs.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>

#include <muster/transport.hpp>

#include "ssh/agent.hpp"
#include "ssh/credentials.hpp"
#include "ssh/link.hpp"
#include "ssh/resolver.hpp"

namespace muster::ssh {

/// Belongs to one loop; outlives its sessions and ends before the loop's io_context.
class ssh_transport final : public transport {
  public:
    explicit ssh_transport(asio::any_io_executor loop);

    /// Reads the key and known_hosts files that `where` names, off the loop. Call it once, before the first connect.
    /// Throws credentials_error and known_hosts_error.
    asio::awaitable<void> prepare(std::vector<endpoint> const& where);

    asio::awaitable<std::unique_ptr<session>> connect(endpoint const& where, connect_progress& progress) override;

    /// What the user should know about the files that were read.
    std::vector<std::string> warnings() const;

  private:
    asio::awaitable<std::unique_ptr<link>> verified_link(endpoint const& where, connect_progress& progress,
                                                         std::vector<std::string> const& host_key_types,
                                                         bool asked_already);
    asio::awaitable<std::unique_ptr<link>> open_link(endpoint const& where, connect_progress& progress);
    agent& agent_at(std::string const& socket);

    asio::any_io_executor loop_;
    asio::thread_pool threads_{2};
    resolver names_;
    std::unique_ptr<credentials> credentials_;
    std::map<std::string, agent> agents_;  // by socket
    std::array<char, 64 * 1024> scratch_{};
};

/// "libssh2 1.11.1, OpenSSL 3.0.17 ...": the versions that are linked.
std::string library_versions();

}  // namespace muster::ssh
