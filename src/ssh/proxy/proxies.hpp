// SPDX-License-Identifier: MIT
// The ProxyCommands of a run: they are started here, and none outlives the run.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/endpoint.hpp>
#include <muster/transport.hpp>

#include "process/child.hpp"
#include "process/groups.hpp"
#include "ssh/net/byte_stream.hpp"
#include "ssh/proxy/proxy.hpp"

namespace muster::ssh {

/// Belongs to one loop. A program lives as long as its stream, and then until it has been ended.
class proxies {
  public:
    /// Told each line that a program says on standard error; may be empty.
    using listener = std::function<void(std::string const& host, std::string const& line)>;

    proxies(asio::any_io_executor loop, listener heard) : loop_(std::move(loop)), heard_(std::move(heard)) {}

    /// Until end() is called and every program has ended.
    asio::awaitable<void> run();
    void end() noexcept { over_.set(); }

    /// Starts the endpoint's ProxyCommand; with ProxyUseFdpass waits for the socket that it passes, and notes in
    /// `progress` what it has said by the end of the wait. Throws transport_error (stage connect), and shortage.
    asio::awaitable<std::unique_ptr<byte_stream>> connect(endpoint const& endpoint, connect_progress& progress);

  private:
    std::shared_ptr<proxy> started(endpoint const& endpoint);
    asio::awaitable<void> keep(std::shared_ptr<proxy> proxy);

    asio::any_io_executor loop_;
    listener heard_;
    process::groups seen_;
    process::reaper reaper_;
    std::set<proxy*> living_;
    coro::nursery* lives_ = nullptr;  // while run() takes new ones
    coro::event begun_;
    coro::event over_;
};

}  // namespace muster::ssh
