// SPDX-License-Identifier: MIT
// What logins of all runs share: key and known_hosts files, agents, and the user who is asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/endpoint.hpp>

#include "ssh/login/agent.hpp"
#include "ssh/login/credentials.hpp"
#include "ssh/login/prompts.hpp"

namespace muster::ssh {

/// Belongs to one loop, and outlives the logins that use it. Files are read on `threads`, which live longer.
class credential_store {
  public:
    using warning_listener = std::function<void(std::string const& text)>;

    /// `warning` gets each text once; it may be empty.
    credential_store(asio::any_io_executor loop, asio::thread_pool& threads, prompting prompting,
                     warning_listener warning)
        : loop_(std::move(loop)),
          threads_(threads),
          prompts_(std::move(prompting), threads),
          warning_(std::move(warning)) {}

    /// Before a run: reads the files that its endpoints name, asks for the password and for the passphrases of keys
    /// that must be usable and that no agent holds. What did not work for an earlier run is tried again. Throws
    /// credentials_error and known_hosts_error.
    asio::awaitable<void> prepare(std::vector<endpoint> const& endpoints);

    /// The next login looks at the files, however short ago another one has.
    void begin_batch() { outdated_ = coro::now(loop_); }

    /// The files as they are now: what was revoked or learnt while a run goes on counts for the hosts that follow. A
    /// login keeps those it began with.
    asio::awaitable<std::shared_ptr<credentials>> current(coro::deadline& clock);

    /// Keys and certificates that have come since a login with `before` was begun; null: none.
    asio::awaitable<std::shared_ptr<credentials>> renewed(std::shared_ptr<credentials> const& before,
                                                          endpoint const& endpoint, coro::deadline& clock);

    std::shared_ptr<agent> agent_at(std::string const& socket);
    prompts& asked() noexcept { return prompts_; }
    /// False: nobody listens there, of which it warns, or it is empty. Found out once in a run.
    bool can_lend(std::string const& socket);
    /// Warns that the agent at this socket cannot be bound to a connection.
    std::function<void()> warn_of_unbound(std::string const& socket);

  private:
    asio::awaitable<void> read_files_of(std::vector<endpoint> const& endpoints);
    bool look_is_due() const;
    asio::awaitable<void> read_changed_files();
    asio::awaitable<void> ask_first();
    asio::awaitable<void> open_named_keys(std::vector<endpoint> const& endpoints);
    asio::awaitable<void> open_named_key(endpoint const& endpoint, std::string const& path);
    std::function<void(std::string const& host)> warn_of_slow(std::string const& socket);
    void warn(std::string const& text);

    asio::any_io_executor loop_;
    asio::thread_pool& threads_;
    prompts prompts_;
    warning_listener warning_;
    std::set<std::string> warned_;
    std::shared_ptr<credentials> credentials_;  // replaced when a file has changed
    coro::semaphore reading_{1};
    coro::time_point looked_{};    // the last look began
    coro::time_point outdated_{};  // what was seen by then does not count
    coro::time_point next_look_{};
    bool look_is_cheap_ = true;
    std::map<std::string, std::shared_ptr<agent>> agents_;  // by socket
    std::map<std::string, bool> lendable_;                  // likewise
    std::set<std::string> slow_agents_;                     // of which was warned
};

}  // namespace muster::ssh
