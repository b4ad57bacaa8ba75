// SPDX-License-Identifier: MIT
// Sends, receives and waits on a socket.
#include "ssh/net/socket_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace muster::ssh {

using asio::generic::stream_protocol;

namespace {

constexpr ssize_t little = 4096;

}  // namespace

socket_stream::socket_stream(stream_protocol::socket socket) : socket_(std::move(socket)) {
    socket_.non_blocking(true);
}

ssize_t socket_stream::send(void const* bytes, std::size_t size) {
    ssize_t const sent = ::send(socket_.native_handle(), bytes, size, MSG_NOSIGNAL);
    if (sent > 0) unanswered_ = false;
    return sent < 0 ? -errno : sent;
}

ssize_t socket_stream::receive(void* bytes, std::size_t size) {
    ssize_t const got = ::recv(socket_.native_handle(), bytes, size, 0);
    if (got > 0) unanswered_ = got < little;
    return got < 0 ? -errno : got;
}

/// sshd sends with Nagle's algorithm: what follows a small packet waits for its acknowledgement, and that waits up to
/// 40 ms for something to go with it (RFC 1122 section 4.2.3.2) when we have nothing to say.
void socket_stream::acknowledge() noexcept {
    int const yes = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    unanswered_ = false;
}

asio::awaitable<void> socket_stream::readable() {
    if (unanswered_) acknowledge();
    return wait_.until(socket_, stream_protocol::socket::wait_read);
}

asio::awaitable<void> socket_stream::writable() {
    return wait_.until(socket_, stream_protocol::socket::wait_write);
}

void socket_stream::interrupt() {
    wait_.interrupt(socket_);
}

}  // namespace muster::ssh
