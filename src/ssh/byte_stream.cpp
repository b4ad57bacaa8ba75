// SPDX-License-Identifier: MIT
// See byte_stream.hpp.
#include "ssh/byte_stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <limits>
#include <utility>

#include <asio/use_awaitable.hpp>

#include "ssh/shared_link.hpp"

namespace muster::ssh {

namespace {

using asio::ip::tcp;

asio::awaitable<void> wait_for(tcp::socket& socket, tcp::socket::wait_type what) {
    co_await socket.async_wait(what, asio::use_awaitable);
}

}  // namespace

byte_stream::byte_stream(tcp::socket socket) : below_(std::move(socket)) {
    std::get<tcp::socket>(below_).non_blocking(true);
}

byte_stream::byte_stream(std::unique_ptr<tunnel> through) : below_(std::move(through)) {}

byte_stream::byte_stream(byte_stream&& other) noexcept = default;
byte_stream::~byte_stream() = default;

ssize_t byte_stream::send(void const* bytes, std::size_t size) {
    auto* const socket = std::get_if<tcp::socket>(&below_);
    if (socket == nullptr) return std::get<std::unique_ptr<tunnel>>(below_)->send(bytes, size);
    ssize_t const sent = ::send(socket->native_handle(), bytes, size, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

ssize_t byte_stream::receive(void* bytes, std::size_t size) {
    auto* const socket = std::get_if<tcp::socket>(&below_);
    if (socket == nullptr) return std::get<std::unique_ptr<tunnel>>(below_)->receive(bytes, size);
    ssize_t const got = ::recv(socket->native_handle(), bytes, size, 0);
    return got < 0 ? -errno : got;
}

asio::awaitable<void> byte_stream::readable() {
    auto* const socket = std::get_if<tcp::socket>(&below_);
    if (socket != nullptr) return wait_for(*socket, tcp::socket::wait_read);
    return std::get<std::unique_ptr<tunnel>>(below_)->readable();
}

asio::awaitable<void> byte_stream::writable() {
    auto* const socket = std::get_if<tcp::socket>(&below_);
    if (socket != nullptr) return wait_for(*socket, tcp::socket::wait_write);
    return std::get<std::unique_ptr<tunnel>>(below_)->writable();
}

int byte_stream::handle() {
    auto* const socket = std::get_if<tcp::socket>(&below_);
    return socket != nullptr ? socket->native_handle() : std::numeric_limits<int>::max();
}

std::string byte_stream::trouble() const {
    auto const* const through = std::get_if<std::unique_ptr<tunnel>>(&below_);
    return through != nullptr ? (*through)->trouble() : std::string();
}

}  // namespace muster::ssh
