// SPDX-License-Identifier: MIT
// The transport over libssh2: one host's connection, in the order that safety needs.
#pragma once

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>

#include <muster/transport.hpp>

#include "ssh/connection/algorithms.hpp"
#include "ssh/connection/pump.hpp"
#include "ssh/jump/jump_hosts.hpp"
#include "ssh/login/credential_store.hpp"
#include "ssh/login/login_options.hpp"
#include "ssh/net/resolver.hpp"
#include "ssh/proxy/proxies.hpp"

namespace muster::ssh {

/// Belongs to one loop; outlives its connections and ends before the loop's io_context.
class ssh_transport final : public transport {
  public:
    /// Without `logins` no user is asked for anything. `jump_timeout` is for jump hosts that have no limit of their
    /// own; zero: none.
    explicit ssh_transport(asio::any_io_executor loop, login_options logins = {},
                           std::chrono::nanoseconds jump_timeout = std::chrono::seconds(10));
    /// Requests the stop of a question that is being asked, and waits for its end.
    ~ssh_transport() override;

    /// Requests the stop of the question that is being asked, and of each that follows.
    void stop_questions() { store_.asked().stop(); }

    /// Reads the key and known_hosts files that the endpoints name, off the loop, and asks for the password and for the
    /// passphrases of keys that must be usable and that no agent holds. Then runs what uses connect(): connections to
    /// jump hosts and ProxyCommands live meanwhile, and no longer. A cancellation reaches `run` alone, which may still
    /// need them to end its commands. Throws credentials_error and known_hosts_error.
    asio::awaitable<report> serve(std::vector<endpoint> const& endpoints, asio::awaitable<report> run) override;

    void begin_batch() override { store_.begin_batch(); }

    /// Awaits `body`, whose runs share connections to jump hosts and may have ProxyCommands: these live as long as it,
    /// and not as long as their run. Once, and before the first run.
    asio::awaitable<void> hold(asio::awaitable<void> body);

    asio::awaitable<std::unique_ptr<connection>> connect(endpoint const& endpoint, connect_progress& progress) override;

  private:
    struct outcome {
        bool over = false;
        std::exception_ptr failure;
    };
    class served_hosts;

    asio::awaitable<report> serve_with_ways(asio::awaitable<report> run);
    asio::awaitable<void> keep_ways_for(asio::awaitable<void> body);
    asio::awaitable<void> run_and_end_ways(asio::awaitable<void> body, outcome& ended);

    asio::awaitable<void> keep_ways();
    asio::awaitable<void> keep_jumps();
    using files = std::shared_ptr<credentials>;

    asio::awaitable<std::unique_ptr<byte_stream>> open_stream(endpoint const& endpoint, connect_progress& progress);
    asio::awaitable<std::unique_ptr<pump>> authenticate_direct(endpoint const& endpoint, connect_progress& progress);
    asio::awaitable<std::unique_ptr<pump>> authenticate_with(files const& with, endpoint const& endpoint,
                                                             connect_progress& progress);
    void show_messages(pump& connection, std::string const& host) const;
    asio::awaitable<std::unique_ptr<pump>> authenticate_via_jump(endpoint const& endpoint, connect_progress& progress);
    asio::awaitable<std::unique_ptr<pump>> connect_authenticated(endpoint const& endpoint, connect_progress& progress);
    asio::awaitable<std::unique_ptr<pump>> connect_and_verify(files const& with, endpoint const& endpoint,
                                                              connect_progress& progress, offered_algorithms offered,
                                                              bool asked_already);
    asio::awaitable<std::unique_ptr<pump>> handshake_and_verify(files const& with, endpoint const& endpoint,
                                                                connect_progress& progress);

    asio::any_io_executor loop_;
    asio::thread_pool threads_{2};
    resolver names_;
    credential_store store_;
    decltype(login_options::banner) banner_;
    decltype(login_options::message) message_;
    jump_hosts jumps_;
    proxies proxies_;
    bool held_ = false;
    std::size_t hosts_ = 0;  // of the runs at present
    std::minstd_rand chance_{std::random_device()()};
    std::array<char, 64 * 1024> scratch_{};
};

}  // namespace muster::ssh
