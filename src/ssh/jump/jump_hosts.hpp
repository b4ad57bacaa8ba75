// SPDX-License-Identifier: MIT
// The connections to jump hosts: one each, made when the first host behind it needs it, shared by all of them.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/transport.hpp>

#include "ssh/connection/pump.hpp"
#include "ssh/jump/jump_connection.hpp"
#include "ssh/jump/login_places.hpp"

namespace muster::ssh {

/// The jump host itself could not be used; the text names it.
class jump_failure : public transport_error {
  public:
    using transport_error::transport_error;
};

/// Belongs to one loop. Its connections are kept by run(), not by those who use them: a host that gives up takes
/// nothing away from the others.
class jump_hosts {
  public:
    /// Makes a connection and logs in, over further jump hosts if need be.
    using opener = std::function<asio::awaitable<std::unique_ptr<pump>>(endpoint const&, connect_progress&)>;

    /// `limit` holds for connections to jump hosts that have no limit of their own.
    jump_hosts(asio::any_io_executor loop, std::chrono::nanoseconds limit, opener open)
        : loop_(std::move(loop)), limit_(limit), open_(std::move(open)) {}

    /// A run begins: what could not be reached for an earlier one is tried again.
    void forget_failures() noexcept;

    /// Keeps the connections until end() is called, then says good-bye.
    asio::awaitable<void> run();
    void end() noexcept { ended_.set(); }

    /// The connection to that host. Waits while another host's login makes it; making it has a limit of its own. Throws
    /// jump_failure, or shortage.
    asio::awaitable<std::shared_ptr<jump_connection>> connection_to(endpoint const& jump);

    /// One of the places behind that host; `clock` stands while waiting.
    asio::awaitable<login_places::place> place_behind(endpoint const& jump, coro::deadline& clock);

  private:
    struct jump_host {
        explicit jump_host(endpoint const& address) : target(address) {}

        void begin_anew() noexcept {
            places.begin_anew();
            if (!in_the_making) failures = 0, failure = nullptr;
        }

        endpoint const target;  // of whatever run was the first
        std::shared_ptr<jump_connection> live;
        bool in_the_making = false;
        coro::event made;            // or failed
        std::exception_ptr failure;  // of the last attempt
        unsigned failures = 0;       // in a row
        std::chrono::steady_clock::time_point failed;
        login_places places;
    };

    jump_host& host_of(endpoint const& jump);
    bool may_try(jump_host const& host) const;
    asio::awaitable<void> keep(jump_host& host);
    asio::awaitable<std::unique_ptr<pump>> open(endpoint const& jump);
    asio::awaitable<std::unique_ptr<pump>> open_once(endpoint const& jump);

    asio::any_io_executor loop_;
    std::chrono::nanoseconds limit_;
    opener open_;
    std::map<std::string, std::list<jump_host>> hosts_;  // by label
    coro::nursery* lanes_ = nullptr;                     // while run() runs
    coro::event begun_;
    coro::event ended_;
};

}  // namespace muster::ssh
