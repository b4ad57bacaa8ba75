// SPDX-License-Identifier: MIT
// SSH as an object that many runs share.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include <muster/coro/awaitable.hpp>
#include <muster/login_hooks.hpp>
#include <muster/transport.hpp>

namespace muster {

/// Limits for all runs of an ssh_client together. options::fanout and options::connect_limit hold for each run besides.
struct ssh_limits {
    std::size_t connecting = 64;  ///< connections at once that are not yet logged in; 0: no limit. sshd's MaxStartups
                                  ///< turns some away from ten on, where many go to one server.
    std::size_t connections = 0;  ///< connections at once; 0: no limit. Each costs memory and a descriptor.
    std::chrono::nanoseconds jump_timeout =
        std::chrono::seconds(10);  ///< for jump hosts that have no limit of their own; 0: none
};

/// What runs over SSH have in common: threads for name look-ups and files, key and known_hosts files that were read,
/// opened keys and passwords, agents, connections to jump hosts. A run that is given none makes all of that for itself.
/// Belongs to a context that one thread runs (wrong_loop in another thread); must outlive its runs, unless the context
/// dies with them, and end before the context. What one run's hosts were asked for (a password, say) holds for all:
/// make one client for each user whom your program acts for.
///
///     muster::ssh_client ssh(loop.get_executor());
///     auto const results = co_await muster::async_run(endpoints, job, options, sink, ssh);
///
/// The mistake: a run over jump hosts outside of hold().
class ssh_client final : public transport {
  public:
    /// What the hooks refer to must live as long as the client.
    explicit ssh_client(coro::executor loop, login_hooks hooks = {}, ssh_limits limits = {});
    ~ssh_client() override;

    /// Awaits `body`. Runs in it may go over jump hosts and ProxyCommands: their connections live until it ends, and
    /// not only as long as the run that was the first. A cancellation reaches `body` alone. Once; std::logic_error
    /// otherwise.
    asio::awaitable<void> hold(asio::awaitable<void> body);

    /// Waits, while the limit of the host stands, until the limits of all runs allow it.
    asio::awaitable<std::unique_ptr<connection>> connect(endpoint const& host, connect_progress& progress) override;
    /// For async_run. Throws run_error's causes: files that can't be used; std::logic_error for endpoints that need
    /// hold() without it.
    asio::awaitable<report> serve(std::vector<endpoint> const& endpoints, asio::awaitable<report> run) override;
    /// For async_run.
    void begin_batch() override;

    /// Connections at present: those that hosts have, without those to jump hosts.
    std::size_t connections() const noexcept;

  private:
    struct state;
    std::shared_ptr<state> state_;  // also kept by what runs
};

}  // namespace muster
