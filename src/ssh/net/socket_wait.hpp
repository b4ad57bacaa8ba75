// SPDX-License-Identifier: MIT
// A wait on a socket that may be interrupted.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <asio/awaitable.hpp>
#include <asio/error_code.hpp>
#include <asio/redirect_error.hpp>
#include <asio/socket_base.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>

namespace muster::ssh {

/// All waits on one socket, which is handed to each call: it need not stay where it is.
class socket_wait {
  public:
    template <class Socket>
    asio::awaitable<void> until(Socket& socket, asio::socket_base::wait_type ready) {
        interrupted_ = false;
        asio::error_code error;
        co_await socket.async_wait(ready, asio::redirect_error(asio::use_awaitable, error));
        if (error && !interrupted_) throw asio::system_error(error);
    }

    template <class Socket>
    void interrupt(Socket& socket) {
        interrupted_ = true;
        socket.cancel();
    }

  private:
    bool interrupted_ = false;
};

}  // namespace muster::ssh
