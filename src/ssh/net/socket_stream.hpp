// SPDX-License-Identifier: MIT
// A socket as a byte stream.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <asio/generic/stream_protocol.hpp>

#include "ssh/net/byte_stream.hpp"
#include "ssh/net/socket_wait.hpp"

namespace muster::ssh {

class socket_stream : public byte_stream {
  public:
    /// Makes the socket, which is connected, non-blocking.
    explicit socket_stream(asio::generic::stream_protocol::socket socket);

    ssize_t send(void const* bytes, std::size_t size) override;
    ssize_t receive(void* bytes, std::size_t size) override;
    asio::awaitable<void> readable() override;
    asio::awaitable<void> writable() override;
    void interrupt() override;

  private:
    void acknowledge() noexcept;

    asio::generic::stream_protocol::socket socket_;
    socket_wait wait_;
    bool unanswered_ = false;  // little has come since anything was sent
};

}  // namespace muster::ssh
