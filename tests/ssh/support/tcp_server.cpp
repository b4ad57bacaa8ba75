// SPDX-License-Identifier: MIT
// See tcp_server.hpp.
#include "ssh/support/tcp_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace muster::test {

namespace {

int checked(int answer, char const* what) {
    if (answer < 0) throw std::system_error(errno, std::generic_category(), what);
    return answer;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int bound_socket() {
    int const socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    auto const address = loopback(0);
    checked(::bind(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address), "bind");
    return socket;
}

int listening_socket(int queue) {
    int const socket = bound_socket();
    checked(::listen(socket, queue), "listen");
    return socket;
}

std::uint16_t port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    checked(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

int begin_connection(std::uint16_t port) {
    int const socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
    auto const address = loopback(port);
    if (::connect(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
        checked(-1, "connect");
    }
    return socket;
}

}  // namespace

bool peer::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string peer::receive(std::size_t most) const {
    std::string bytes(most, '\0');
    auto const got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

void peer::receive_all() const {
    while (!receive().empty()) {
    }
}

void peer::relay_to(endpoint const& server, std::function<bool(std::string&)> const& change) const {
    int const socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    auto address = loopback(server.port);
    ::inet_pton(AF_INET, server.address.c_str(), &address.sin_addr);
    checked(::connect(socket, reinterpret_cast<sockaddr const*>(&address), sizeof address), "connect");
    peer const there(socket);
    std::array<pollfd, 2> sides{{{socket_, POLLIN, 0}, {socket, POLLIN, 0}}};
    for (bool going = true; going && ::poll(sides.data(), sides.size(), -1) > 0;) {
        if (sides[0].revents != 0) {
            auto const bytes = receive();
            going = !bytes.empty() && there.send(bytes);
        }
        if (going && sides[1].revents != 0) {
            auto bytes = there.receive();
            going = !bytes.empty() && change(bytes) && send(bytes);
        }
    }
    ::close(socket);
}

void peer::reset_at_close() const {
    linger const at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

tcp_server::tcp_server(script serve)
    : serve_(std::move(serve)), listener_(listening_socket(16)), port_(port_of(listener_)) {
    thread_ = std::thread([this] { accept_all(); });
}

tcp_server::~tcp_server() {
    {
        std::scoped_lock const held(lock_);
        closing_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        if (current_ >= 0) ::shutdown(current_, SHUT_RDWR);
    }
    thread_.join();
    ::close(listener_);
}

void tcp_server::accept_all() {
    for (;;) {
        int const socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        {
            std::scoped_lock const held(lock_);
            current_ = socket;
            if (closing_) ::shutdown(socket, SHUT_RDWR);
        }
        serve_(peer(socket));
        std::scoped_lock const held(lock_);
        ::close(std::exchange(current_, -1));
    }
}

full_queue::full_queue() : listener_(listening_socket(0)), port_(port_of(listener_)) {
    for (int& filler : fillers_) filler = begin_connection(port_);
}

full_queue::~full_queue() {
    for (int const filler : fillers_) ::close(filler);
    ::close(listener_);
}

closed_port::closed_port() : socket_(bound_socket()), port_(port_of(socket_)) {}

closed_port::~closed_port() {
    ::close(socket_);
}

endpoint at_port(endpoint like, std::string label, std::uint16_t port) {
    like.label = std::move(label);
    like.address = "127.0.0.1";
    like.port = port;
    return like;
}

}  // namespace muster::test
