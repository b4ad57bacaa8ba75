// SPDX-License-Identifier: MIT
// Name look-up off the loop: a few threads that call getaddrinfo(3), whose hanging calls can be abandoned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <muster/coro/timeout.hpp>

namespace muster::ssh {

/// Belongs to one loop and must be destroyed before its io_context. A thread that hangs in a look-up when the resolver
/// goes away is left behind and touches nothing of it any more: getaddrinfo can't be interrupted.
class resolver {
  public:
    static constexpr std::size_t default_threads = 16;

    explicit resolver(std::size_t threads = default_threads);
    ~resolver();
    resolver(resolver const&) = delete;
    resolver& operator=(resolver const&) = delete;

    /// All addresses of `name`, in the order of RFC 6724; a numeric address needs no thread. `clock` stands while the
    /// request waits for a free thread. Throws transport_error (stage resolve).
    asio::awaitable<std::vector<asio::ip::tcp::endpoint>> resolve(std::string const& name, std::uint16_t port,
                                                                  coro::deadline& clock);

  private:
    struct request;
    struct shared_state;
    void start_thread();

    std::shared_ptr<shared_state> shared_;
};

}  // namespace muster::ssh
