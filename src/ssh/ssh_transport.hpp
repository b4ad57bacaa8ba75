// SPDX-License-Identifier: MIT
// The transport over libssh2: one host's connection, in the order that safety needs.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>

#include <muster/transport.hpp>

#include "ssh/agent.hpp"
#include "ssh/algorithms.hpp"
#include "ssh/credentials.hpp"
#include "ssh/link.hpp"
#include "ssh/prompts.hpp"
#include "ssh/resolver.hpp"

namespace muster::ssh {

/// What a login may need besides files and an agent.
struct login_options {
    prompting asking;
    /// Told what a server says before the login; may be empty.
    std::function<void(std::string const& host, std::string const& text)> banner;
};

/// Belongs to one loop; outlives its sessions and ends before the loop's io_context.
class ssh_transport final : public transport {
  public:
    /// Without `logins` nobody is asked for anything.
    explicit ssh_transport(asio::any_io_executor loop, login_options logins = {});

    /// Reads the key and known_hosts files that `where` names, off the loop, and asks for the password and for the
    /// passphrases of keys that must be usable and that no agent holds. Call it once, before the first connect. Throws
    /// credentials_error and known_hosts_error.
    asio::awaitable<void> prepare(std::vector<endpoint> const& where);

    asio::awaitable<std::unique_ptr<session>> connect(endpoint const& where, connect_progress& progress) override;

    /// What the user should know about the files that were read.
    std::vector<std::string> warnings() const;

  private:
    asio::awaitable<std::unique_ptr<link>> verified_link(endpoint const& where, connect_progress& progress,
                                                         offered_algorithms offered, bool asked_already);
    asio::awaitable<std::unique_ptr<link>> open_link(endpoint const& where, connect_progress& progress);
    agent& agent_at(std::string const& socket);
    asio::awaitable<void> ask_first();
    asio::awaitable<void> open_named_keys(std::vector<endpoint> const& where);
    asio::awaitable<void> open_named_key(endpoint const& where, std::string const& path);

    asio::any_io_executor loop_;
    asio::thread_pool threads_{2};
    resolver names_;
    prompts asked_;
    decltype(login_options::banner) banner_;
    std::unique_ptr<credentials> credentials_;
    std::map<std::string, agent> agents_;  // by socket
    std::array<char, 64 * 1024> scratch_{};
};

/// "libssh2 1.11.1, OpenSSL 3.0.17 ...": the versions that are linked.
std::string library_versions();

}  // namespace muster::ssh
