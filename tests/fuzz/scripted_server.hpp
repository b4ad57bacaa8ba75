// SPDX-License-Identifier: MIT
// A connection whose other side has said all it will ever say, and hung up.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>

namespace muster::fuzz {

/// What does not fit into the socket's buffer, some 200 KB, is not said. What is said to it is not read.
class scripted_server {
  public:
    explicit scripted_server(std::string_view words) {
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_) != 0) std::abort();
        while (!words.empty()) {
            auto const sent = ::send(ends_[1], words.data(), words.size(), MSG_NOSIGNAL);
            if (sent <= 0) break;
            words.remove_prefix(static_cast<std::size_t>(sent));
        }
        ::shutdown(ends_[1], SHUT_WR);
    }
    ~scripted_server() { ::close(ends_[1]); }
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;

    /// The client's end; once.
    asio::ip::tcp::socket connect(asio::any_io_executor const& loop) {
        return {loop, asio::ip::tcp::v4(), ends_[0]};  // a stream is a stream
    }

  private:
    int ends_[2]{};
};

}  // namespace muster::fuzz
