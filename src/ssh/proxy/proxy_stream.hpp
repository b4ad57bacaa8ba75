// SPDX-License-Identifier: MIT
// The standard streams of a ProxyCommand as a byte stream.
#pragma once

#include "ssh/net/byte_stream.hpp"
#include "ssh/net/socket_wait.hpp"
#include "ssh/proxy/proxy.hpp"

namespace muster::ssh {

/// Holds its end back until it is known how the program has ended, so that the error can say it.
class proxy_stream final : public byte_stream {
  public:
    explicit proxy_stream(proxy_use used) : used_(std::move(used)) {}

    ssize_t send(void const* bytes, std::size_t size) override;
    ssize_t receive(void* bytes, std::size_t size) override;
    asio::awaitable<void> readable() override;
    asio::awaitable<void> writable() override;
    void interrupt() override;
    std::string error_message() const override { return over_ ? used_->words() : std::string(); }
    std::string remark() const override { return used_->last_line(); }

  private:
    ssize_t end_as(ssize_t answer);

    proxy_use used_;
    socket_wait wait_;
    bool over_ = false;
};

}  // namespace muster::ssh
