// SPDX-License-Identifier: MIT
// What carries an SSH connection: a TCP socket, or a channel of another connection that leads there.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

namespace muster::ssh {

class tunnel;

class byte_stream {
  public:
    explicit byte_stream(asio::ip::tcp::socket socket);
    explicit byte_stream(std::unique_ptr<tunnel> through);
    byte_stream(byte_stream&& other) noexcept;
    ~byte_stream();

    /// As send(2) and recv(2), but what went wrong is -errno. Neither waits.
    ssize_t send(void const* bytes, std::size_t size);
    ssize_t receive(void* bytes, std::size_t size);

    /// Until there may be something to receive, or room to send. Cancelling changes nothing.
    asio::awaitable<void> readable();
    asio::awaitable<void> writable();

    /// A number for those who want a descriptor but do nothing with it.
    int handle();

    /// Why it has come to an end, where that is more than the end itself; empty otherwise.
    std::string trouble() const;

  private:
    std::variant<asio::ip::tcp::socket, std::unique_ptr<tunnel>> below_;
};

}  // namespace muster::ssh
