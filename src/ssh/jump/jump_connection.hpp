// SPDX-License-Identifier: MIT
// One connection to a jump host that carries many others: a tunnel for each, and one coroutine that reads for all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>

#include "ssh/connection/channel.hpp"
#include "ssh/connection/pump.hpp"
#include "ssh/net/byte_stream.hpp"

namespace muster::ssh {

class tunnel;

/// On one loop. While run() runs, it alone reads from the connection, a turn at a time; after each turn it wakes those
/// tunnels that have something to do, and no other. What has come for a tunnel stays in its window until it is
/// received.
class jump_connection {
  public:
    /// More than this is not queued on our side; tunnels then wait.
    static constexpr std::size_t most_unsent = 128 * 1024;

    /// `connection` is logged in; `name` is the host's, for messages.
    jump_connection(std::unique_ptr<pump> connection, std::string name);
    ~jump_connection();
    jump_connection(jump_connection const&) = delete;
    jump_connection& operator=(jump_connection const&) = delete;

    /// Until the connection ends; cancelled, it says good-bye. Tunnels come to their end with it.
    asio::awaitable<void> run();

    bool is_over() const noexcept { return over_; }
    /// It is over because this host, or one on the way to it, has shown another key than the one that was verified.
    bool host_key_changed() const noexcept { return connection_->host_key_changed(); }
    std::string const& name() const noexcept { return name_; }
    /// Why it is over.
    std::string const& reason() const noexcept { return reason_; }

  private:
    friend class tunnel;
    friend asio::awaitable<std::unique_ptr<tunnel>> open_tunnel(std::shared_ptr<jump_connection> through,
                                                                std::string const& host, std::uint16_t port);

    asio::awaitable<void> read_for_all();
    asio::awaitable<void> write_for_all();
    void turn();
    void end(std::string reason);
    void wake_blocked();
    void look_at_unsent();
    void add(tunnel& tunnel);
    void remove(tunnel& tunnel);
    [[noreturn]] void throw_not_opened(long code, std::string const& target) const;

    std::string name_;
    std::unique_ptr<pump> connection_;
    std::unordered_map<std::uint32_t, tunnel*> tunnels_;  // by channel
    std::vector<tunnel*> blocked_;                        // they have more to send than there was room for
    coro::event unsent_;
    bool over_ = false;
    std::string reason_;
};

/// A channel of a shared connection: bytes to and from a host and port that the jump host can reach.
class tunnel final : public byte_stream {
  public:
    /// Not open yet.
    tunnel(std::shared_ptr<jump_connection> through, std::string const& host, std::uint16_t port);
    ~tunnel() override;

    /// As channel::open.
    asio::awaitable<long> open();

    ssize_t send(void const* bytes, std::size_t size) override;
    ssize_t receive(void* bytes, std::size_t size) override;
    asio::awaitable<void> readable() override { return news_.wait(); }
    asio::awaitable<void> writable() override { return room_.wait(); }
    void interrupt() override {
        news_.set();
        room_.set();
    }
    std::string error_message() const override;
    bool host_key_changed() const noexcept override { return through_->host_key_changed(); }

  private:
    friend class jump_connection;

    std::shared_ptr<jump_connection> through_;
    channel channel_;
    coro::event news_;
    coro::event room_;
};

/// Throws transport_error (stage connect): the jump host may not or can't connect to it. Cancelling it leaves the
/// connection as it is.
asio::awaitable<std::unique_ptr<tunnel>> open_tunnel(std::shared_ptr<jump_connection> through, std::string const& host,
                                                     std::uint16_t port);

}  // namespace muster::ssh
