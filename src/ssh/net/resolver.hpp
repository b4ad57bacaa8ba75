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

/// Belongs to one loop and must be destroyed before its io_context. getaddrinfo can't be interrupted: a thread that
/// hangs in a look-up that no connection waits for is left behind and another one takes its place, up to a bound;
/// when the resolver goes away it touches nothing of it any more.
class resolver {
  public:
    /// As many as hosts connect at once by default, so that names that get no answer do not delay the others.
    static constexpr std::size_t default_threads = 64;
    static constexpr std::size_t most_left_behind = 256;

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
    class waiting_for;
    void start_thread();
    void enqueue(std::shared_ptr<request> const& request);
    void forget(request& request) noexcept;

    std::shared_ptr<shared_state> shared_;
};

}  // namespace muster::ssh
