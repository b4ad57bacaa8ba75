// SPDX-License-Identifier: MIT
// Receives messages of descriptors (SCM_RIGHTS, unix(7)) and looks closely at what came.
#include "ssh/proxy/passed_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/timeout.hpp>
#include <muster/outcome.hpp>

#include "process/unique_fd.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

/// More is cut by the kernel, which says so.
constexpr std::size_t most_descriptors = 8;

[[noreturn]] void fail(std::string const& reason) {
    throw transport_error(final_state::unreachable, stage::connect, "ProxyCommand with ProxyUseFdpass: " + reason);
}

struct message {
    ssize_t size = 0;  // an error is -errno
    bool cut = false;
    std::vector<unique_fd> descriptors;
};

void collect(msghdr& from, std::vector<unique_fd>& into) {
    for (auto* cmsghdr = CMSG_FIRSTHDR(&from); cmsghdr != nullptr; cmsghdr = CMSG_NXTHDR(&from, cmsghdr)) {
        if (cmsghdr->cmsg_level != SOL_SOCKET || cmsghdr->cmsg_type != SCM_RIGHTS) continue;
        for (std::size_t position = 0; CMSG_LEN(position + sizeof(int)) <= cmsghdr->cmsg_len; position += sizeof(int)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(cmsghdr) + position, sizeof fd);
            into.emplace_back(fd);
        }
    }
}

message receive(int socket) {
    std::array<char, 2> bytes{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))> room{};
    iovec place{bytes.data(), bytes.size()};
    msghdr header{};
    header.msg_iov = &place;
    header.msg_iovlen = 1;
    header.msg_control = room.data();
    header.msg_controllen = room.size();
    message got;
    got.size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got.size < 0) {
        got.size = -errno;
        return got;
    }
    got.cut = (header.msg_flags & MSG_CTRUNC) != 0;
    collect(header, got.descriptors);
    return got;
}

/// Of size 0 or less when nothing came any more.
asio::awaitable<message> next_message(proxy& from) {
    for (;;) {
        co_await from.socket().async_wait(proxy::socket_type::wait_read, asio::use_awaitable);
        auto got = receive(from.socket().native_handle());
        if (got.size != -EAGAIN && got.size != -EINTR) co_return got;
    }
}

asio::awaitable<void> require_no_more(proxy& from) {
    auto const more = co_await next_message(from);
    if (more.size > 0) fail("it has passed more than one descriptor or more than one byte");
}

int socket_option(unique_fd const& fd, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    if (::getsockopt(fd.get(), SOL_SOCKET, option, &value, &size) != 0) fail("what it has passed is no socket");
    return value;
}

void require_connected(unique_fd const& fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    bool const connected = ::getpeername(fd.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (!connected) fail("the socket that it has passed is not connected");
}

}  // namespace

asio::awaitable<asio::generic::stream_protocol::socket> passed_socket(proxy& from) {
    auto got = co_await next_message(from);
    if (got.size <= 0) {
        co_await from.await_end();
        fail("it has passed no connection; " + from.words());
    }
    if (got.descriptors.size() != 1 || got.cut || got.size != 1)
        fail(fmt::format("it has to pass one descriptor with one byte, and passed {}{} with {}",
                         got.cut ? "more than " : "", got.descriptors.size(), got.size == 1 ? "one" : "more"));
    co_await coro::move_on_after(1s, require_no_more(from));
    auto& fd = got.descriptors.front();
    if (socket_option(fd, SO_TYPE) != SOCK_STREAM) fail("the socket that it has passed is no stream socket");
    require_connected(fd);
    int const family = socket_option(fd, SO_DOMAIN);
    int const yes = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // of no use, and no harm, on other kinds
    asio::generic::stream_protocol::socket socket(co_await asio::this_coro::executor);
    socket.assign(asio::generic::stream_protocol(family, socket_option(fd, SO_PROTOCOL)), fd.get());
    fd.release();
    co_return socket;
}

}  // namespace muster::ssh
