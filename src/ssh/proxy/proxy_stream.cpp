// SPDX-License-Identifier: MIT
// Reads and writes a ProxyCommand's pipes.
#include "ssh/proxy/proxy_stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace muster::ssh {

namespace {

bool is_passing(ssize_t answer) {
    return answer == -EAGAIN || answer == -EINTR;
}

}  // namespace

ssize_t proxy_stream::end_as(ssize_t answer) {
    over_ = true;
    return used_->end_is_known() ? answer : -EAGAIN;
}

ssize_t proxy_stream::send(void const* bytes, std::size_t size) {
    ssize_t const sent = ::send(used_->socket().native_handle(), bytes, size, MSG_NOSIGNAL);
    ssize_t const answer = sent < 0 ? -errno : sent;
    return answer >= 0 || is_passing(answer) ? answer : end_as(answer);
}

ssize_t proxy_stream::receive(void* bytes, std::size_t size) {
    ssize_t const got = ::recv(used_->socket().native_handle(), bytes, size, 0);
    ssize_t const answer = got < 0 ? -errno : got;
    return answer > 0 || is_passing(answer) ? answer : end_as(answer);
}

asio::awaitable<void> proxy_stream::readable() {
    if (over_) {
        co_await used_->await_end();
    } else {
        co_await wait_.until(used_->socket(), proxy::socket_type::wait_read);
    }
}

asio::awaitable<void> proxy_stream::writable() {
    if (over_) {
        co_await used_->await_end();
    } else {
        co_await wait_.until(used_->socket(), proxy::socket_type::wait_write);
    }
}

void proxy_stream::interrupt() {
    wait_.interrupt(used_->socket());
}

}  // namespace muster::ssh
