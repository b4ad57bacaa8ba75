// SPDX-License-Identifier: MIT
// Reads for all tunnels of a connection, and wakes those that have something to do.
#include "ssh/jump/jump_connection.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <asio/system_error.hpp>

#include <muster/coro/nursery.hpp>
#include <muster/outcome.hpp>

#include "ssh/bytes/wire.hpp"

namespace muster::ssh {

namespace {

std::string last_error(LIBSSH2_SESSION* session) {
    char* words = nullptr;
    libssh2_session_last_error(session, &words, nullptr, 0);
    return words != nullptr ? words : "unknown error";
}

/// RFC 4254 section 7.2. The originator's address is a placeholder.
bytes request_for(std::string const& host, std::uint16_t port) {
    return wire_writer().string(host).u32(port).string("127.0.0.1").u32(0).take();
}

}  // namespace

jump_connection::jump_connection(std::unique_ptr<pump> connection, std::string name)
    : name_(std::move(name)), connection_(std::move(connection)) {
    connection_->share([this] { unsent_.set(); });
}

jump_connection::~jump_connection() = default;

asio::awaitable<void> jump_connection::run() {
    try {
        co_await coro::open_nursery([this](coro::nursery& both) -> asio::awaitable<void> {
            both.start(write_for_all(), coro::daemon);
            co_await read_for_all();
        });
    } catch (asio::system_error const&) {
        libssh2_session_disconnect_ex(connection_->session(), SSH_DISCONNECT_BY_APPLICATION, "done", "");
        connection_->push_out();
        end("the run is over");
        throw;
    }
}

asio::awaitable<void> jump_connection::read_for_all() {
    turn();  // what has come while the connection had one user only
    while (!over_) {
        if (connection_->unsent() > pump::unsent_limit) co_await connection_->flush();
        co_await connection_->readable();
        turn();
    }
}

asio::awaitable<void> jump_connection::write_for_all() {
    for (;;) {
        co_await unsent_.wait();
        unsent_.reset();
        co_await connection_->flush();
        wake_blocked();
    }
}

void jump_connection::turn() {
    bool const more = connection_->take_in();
    auto const tell = [](void* self, std::uint32_t number) {
        auto const& tunnels = static_cast<jump_connection*>(self)->tunnels_;
        auto const found = tunnels.find(number);
        if (found != tunnels.end()) found->second->news_.set();
    };
    muster_tell_news(connection_->session(), tell, this);
    if (!more) {
        auto const trouble = connection_->error_message();
        return end(trouble.empty() ? last_error(connection_->session()) : trouble);
    }
    connection_->settle();
    wake_blocked();
    look_at_unsent();
}

void jump_connection::end(std::string reason) {
    if (std::exchange(over_, true)) return;
    reason_ = std::move(reason);
    connection_->stop_sharing();
    blocked_.clear();
    for (auto const& [number, one] : tunnels_) {
        one->news_.set();
        one->room_.set();
    }
}

/// Those who still have no room come back by themselves.
void jump_connection::wake_blocked() {
    if (connection_->unsent() > most_unsent) return;
    std::erase_if(blocked_, [](tunnel* tunnel) {
        if (libssh2_channel_window_write_ex(tunnel->channel_.get(), nullptr) == 0) return false;
        tunnel->room_.set();
        return true;
    });
}

void jump_connection::look_at_unsent() {
    if (connection_->unsent() > 0) unsent_.set();
}

void jump_connection::add(tunnel& tunnel) {
    tunnels_.emplace(muster_channel_number(tunnel.channel_.get()), &tunnel);
    if (over_) tunnel.news_.set();
}

void jump_connection::remove(tunnel& tunnel) {
    if (tunnel.channel_.is_open()) tunnels_.erase(muster_channel_number(tunnel.channel_.get()));
    std::erase(blocked_, &tunnel);
}

void jump_connection::throw_not_opened(long code, std::string const& target) const {
    auto const words = last_error(connection_->session());
    std::string reason;
    if (code != LIBSSH2_ERROR_CHANNEL_FAILURE)
        reason = "the connection was lost: " + (reason_.empty() ? words : reason_);
    else if (words.find("prohibited") != std::string::npos)
        reason = "it does not let us connect to " + target +
                 " (administratively prohibited: see AllowTcpForwarding and PermitOpen there)";
    else if (words.find("connect failed") != std::string::npos)
        reason = "it can't connect to " + target + " (refused, no route to it, or no such name there)";
    else
        reason = "it does not connect to " + target + ": " + words;
    throw transport_error(final_state::unreachable, stage::connect, reason);
}

tunnel::tunnel(std::shared_ptr<jump_connection> through, std::string const& host, std::uint16_t port)
    : through_(std::move(through)),
      channel_(*through_->connection_, "direct-tcpip", request_for(host, port), through_->connection_->window()) {}

asio::awaitable<long> tunnel::open() {
    long const code = co_await channel_.open();
    if (code == 0) through_->add(*this);
    co_return code;
}

tunnel::~tunnel() {
    through_->remove(*this);
}

ssize_t tunnel::send(void const* bytes, std::size_t size) {
    auto& connection = *through_;
    std::string_view rest(static_cast<char const*>(bytes), size);
    while (!rest.empty() && !connection.over_ && connection.connection_->unsent() <= jump_connection::most_unsent) {
        auto const sent = libssh2_channel_write_ex(channel_.get(), 0, rest.data(), rest.size());
        if (sent == 0 || sent == LIBSSH2_ERROR_EAGAIN) break;
        if (sent < 0) return -EPIPE;
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (connection.over_) return -EPIPE;
    connection.look_at_unsent();
    if (rest.size() < size) return static_cast<ssize_t>(size - rest.size());
    room_.reset();
    if (std::ranges::find(connection.blocked_, this) == connection.blocked_.end()) connection.blocked_.push_back(this);
    return -EAGAIN;
}

ssize_t tunnel::receive(void* bytes, std::size_t size) {
    auto const got = libssh2_channel_read_ex(channel_.get(), 0, static_cast<char*>(bytes), size);
    if (!through_->over_) through_->look_at_unsent();
    bool const all = got >= 0 && static_cast<std::size_t>(got) < size && libssh2_channel_eof(channel_.get()) == 0;
    if (all && !through_->over_) news_.reset();
    if (got >= 0) return got;
    if (got != LIBSSH2_ERROR_EAGAIN || through_->over_) return -ECONNRESET;
    news_.reset();
    return -EAGAIN;
}

std::string tunnel::error_message() const {
    if (!through_->over_) return {};
    return "the connection to the jump host " + through_->name_ + " was lost: " + through_->reason_;
}

asio::awaitable<std::unique_ptr<tunnel>> open_tunnel(std::shared_ptr<jump_connection> through, std::string const& host,
                                                     std::uint16_t port) {
    auto made = std::make_unique<tunnel>(through, host, port);
    long const code = co_await made->open();
    if (code != 0)
        through->throw_not_opened(code,
                                  (host.find(':') == host.npos ? host : '[' + host + ']') + ':' + std::to_string(port));
    co_return made;
}

}  // namespace muster::ssh
