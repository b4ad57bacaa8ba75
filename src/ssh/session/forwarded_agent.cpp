// SPDX-License-Identifier: MIT
// Copies bytes between the channels that a host opens and the user's agent.
#include "ssh/session/forwarded_agent.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include <asio/local/stream_protocol.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/time.hpp>

#include "ssh/bytes/wire.hpp"
#include "ssh/connection/session_bind.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;
using asio::local::stream_protocol;

/// Bytes of one host that may wait for the agent, whose messages have up to 256 KiB: who asks it waits for the answer.
constexpr std::size_t most_waiting = std::size_t{1024} * 1024;
/// Bytes of the agent's that wait for the host in one channel.
constexpr std::size_t most_from_agent = std::size_t{16} * 1024;
/// Packets to the host in one go, of all channels, and bytes that the kernel has not taken: the host chooses how little
/// fits into a packet, and when it reads.
constexpr int most_packets = 64;
constexpr std::size_t most_unsent = std::size_t{64} * 1024;

asio::awaitable<void> wait_for(stream_protocol::socket& socket, stream_protocol::socket::wait_type what) {
    co_await socket.async_wait(what, asio::use_awaitable);
}

}  // namespace

/// The agent's answer to the request that binds the connection, which is not for the host. It may come in pieces.
class bind_answer {
  public:
    /// Takes its part of what the agent has sent; returns what is behind it.
    std::string_view take(std::string_view bytes) {
        auto const before = std::min(header - std::min(header, text_.size()), bytes.size());
        text_.append(bytes.substr(0, before));
        bytes.remove_prefix(before);
        if (text_.size() < header) return bytes;
        auto const wanted = std::size_t{wire_reader(view_of(text_)).u32()};
        broken_ = wanted == 0 || wanted > longest;
        auto const rest = std::min(broken_ ? 0 : header + wanted - text_.size(), bytes.size());
        text_.append(bytes.substr(0, rest));
        bytes.remove_prefix(rest);
        complete_ = text_.size() == header + wanted;
        return bytes;
    }

    bool complete() const noexcept { return complete_; }
    bool broken() const noexcept { return broken_; }
    bool bound() const { return says_bound(view_of(text_).subspan(header)); }

  private:
    static constexpr std::size_t header = 4;
    static constexpr std::size_t longest = 1024;
    std::string text_;
    bool complete_ = false;
    bool broken_ = false;
};

/// One channel and its connection to the agent.
class forwarded_agent::bridge {
  public:
    bridge(asio::any_io_executor const& loop, pump& connection, LIBSSH2_CHANNEL* opened,
           std::function<void()> const& unbound)
        : connection_(connection), channel_(connection, opened), socket_(loop), unbound_(unbound) {
        auto const bind = session_bind_request(connection.session(), true);
        if (bind.empty()) return;
        answer_.emplace();
        for_agent_ = text_of(wire_writer().string(bind).take());
    }

    /// Sends no more packets to the host than `packets`, and takes them off it. False: it is done with.
    bool move(std::string const& agent, std::span<char> room, int& packets) {
        if (!closing_ && !connected_) connect(agent);
        if (connected_ && !closing_) {
            while (from_host(room)) to_agent();  // all of it: nothing would tell of what stayed behind
            to_agent();
            pass_on_end();
            from_agent(room);
            to_host(packets);
        }
        return !closing_;
    }

    /// Bytes for the agent that it has not taken.
    std::size_t waiting() const noexcept { return for_agent_.size(); }

    void add_waits(std::vector<asio::awaitable<void>>& to) {
        if (closing_) return;
        if (!connected_) return to.push_back(coro::sleep_for(20ms));  // the agent's queue is full
        if (for_host_.empty() && !agent_ended_) to.push_back(wait_for(socket_, stream_protocol::socket::wait_read));
        if (!for_agent_.empty()) to.push_back(wait_for(socket_, stream_protocol::socket::wait_write));
    }

  private:
    void connect(std::string const& agent) {
        asio::error_code error;
        if (!socket_.is_open()) socket_.open(stream_protocol(), error);
        if (!error) socket_.non_blocking(true, error);
        if (!error) {
            try {
                stream_protocol::endpoint const address(agent);
                if (::connect(socket_.native_handle(), address.data(), static_cast<socklen_t>(address.size())) != 0)
                    error = asio::error_code(errno, asio::system_category());
            } catch (asio::system_error const& too_long) {
                error = too_long.code();
            }
        }
        connected_ = !error;
        closing_ = error && error.value() != EAGAIN;
    }

    /// Whether something has come.
    bool from_host(std::span<char> room) {
        auto const got = libssh2_channel_read(channel_.get(), room.data(), room.size());
        if (got > 0) for_agent_.append(room.data(), static_cast<std::size_t>(got));
        if (got < 0 && got != LIBSSH2_ERROR_EAGAIN) closing_ = true;
        return got > 0;
    }

    void to_agent() {
        if (for_agent_.empty()) return;
        auto const sent = ::send(socket_.native_handle(), for_agent_.data(), for_agent_.size(), MSG_NOSIGNAL);
        if (sent > 0) for_agent_.erase(0, static_cast<std::size_t>(sent));
        if (sent < 0 && errno != EAGAIN && errno != EINTR) closing_ = true;
    }

    void pass_on_end() {
        if (!for_agent_.empty() || host_ended_ || libssh2_channel_eof(channel_.get()) == 0) return;
        host_ended_ = true;
        ::shutdown(socket_.native_handle(), SHUT_WR);
    }

    void from_agent(std::span<char> room) {
        if (!for_host_.empty() || agent_ended_) return;
        auto const got = ::recv(socket_.native_handle(), room.data(), std::min(room.size(), most_from_agent), 0);
        if (got > 0) for_host_ = without_bind_answer({room.data(), static_cast<std::size_t>(got)});
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) agent_ended_ = true;
    }

    std::string_view without_bind_answer(std::string_view bytes) {
        if (!answer_) return bytes;
        bytes = answer_->take(bytes);
        if (answer_->broken()) closing_ = true;
        if (!answer_->complete()) return {};
        if (!answer_->bound() && unbound_) unbound_();
        answer_.reset();
        return bytes;
    }

    void to_host(int& packets) {
        std::string_view rest = for_host_;
        while (!rest.empty() && packets > 0 && connection_.unsent() <= most_unsent &&
               libssh2_channel_window_write(channel_.get()) > 0) {
            auto const sent = libssh2_channel_write(channel_.get(), rest.data(), rest.size());
            if (sent < 0 && sent != LIBSSH2_ERROR_EAGAIN) closing_ = true;
            if (sent <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(sent));
            --packets;
        }
        for_host_.erase(0, for_host_.size() - rest.size());
        if (for_host_.empty() && agent_ended_) closing_ = true;
    }

    pump& connection_;
    channel channel_;
    stream_protocol::socket socket_;
    std::function<void()> const& unbound_;
    std::optional<bind_answer> answer_;  // until it has come
    bool connected_ = false;
    bool closing_ = false;
    bool host_ended_ = false;
    bool agent_ended_ = false;
    std::string for_agent_;
    std::string for_host_;
};

forwarded_agent::forwarded_agent(asio::any_io_executor const& loop, pump& connection, std::string socket,
                                 std::function<void()> unbound)
    : loop_(loop), connection_(connection), socket_(std::move(socket)), unbound_(std::move(unbound)) {
    connection_.on_agent_channel([this](LIBSSH2_CHANNEL* channel) { opened(channel); });
}

forwarded_agent::~forwarded_agent() {
    connection_.on_agent_channel({});
}

/// Called by libssh2 in the middle of its work: what it is for comes later.
void forwarded_agent::opened(LIBSSH2_CHANNEL* channel) {
    bridges_.emplace_back(loop_, connection_, channel, unbound_);
}

void forwarded_agent::move(std::span<char> room) {
    std::size_t waiting = 0;
    int packets = most_packets;
    std::erase_if(bridges_, [&](bridge& bridge) {
        bool const stays = bridge.move(socket_, room, packets);
        waiting += bridge.waiting();
        return !stays || (waiting > most_waiting && bridge.waiting() > 0);
    });
    sated_ = packets == 0 || connection_.unsent() > most_unsent;
    if (sated_ && !bridges_.empty()) bridges_.splice(bridges_.end(), bridges_, bridges_.begin());  // each in its turn
}

void forwarded_agent::add_waits(std::vector<asio::awaitable<void>>& to) {
    if (sated_ && connection_.unsent() == 0) to.push_back(coro::sleep_for({}));
    for (auto& bridge : bridges_) bridge.add_waits(to);
}

}  // namespace muster::ssh
