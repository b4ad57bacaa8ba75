// SPDX-License-Identifier: MIT
// Sends, receives and waits on a socket.
#include "ssh/net/socket_stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace muster::ssh {

using asio::generic::stream_protocol;

socket_stream::socket_stream(stream_protocol::socket socket) : socket_(std::move(socket)) {
    socket_.non_blocking(true);
}

ssize_t socket_stream::send(void const* bytes, std::size_t size) {
    ssize_t const sent = ::send(socket_.native_handle(), bytes, size, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

ssize_t socket_stream::receive(void* bytes, std::size_t size) {
    ssize_t const got = ::recv(socket_.native_handle(), bytes, size, 0);
    return got < 0 ? -errno : got;
}

asio::awaitable<void> socket_stream::readable() {
    return wait_.until(socket_, stream_protocol::socket::wait_read);
}

asio::awaitable<void> socket_stream::writable() {
    return wait_.until(socket_, stream_protocol::socket::wait_write);
}

void socket_stream::interrupt() {
    wait_.interrupt(socket_);
}

}  // namespace muster::ssh
