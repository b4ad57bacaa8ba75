// SPDX-License-Identifier: MIT
// What carries an SSH connection, as an interface: the bytes of one connection, in both directions.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include <asio/awaitable.hpp>

namespace muster::ssh {

/// Virtual, because a connection must not know what is below it: a socket (socket_stream), a local program
/// (proxy_stream) or a channel of another connection (tunnel), which itself needs the connection's room.
class byte_stream {
  public:
    byte_stream() = default;
    byte_stream(byte_stream const&) = delete;
    byte_stream& operator=(byte_stream const&) = delete;
    virtual ~byte_stream() = default;

    /// As send(2) and recv(2), but an error is -errno. Neither waits.
    virtual ssize_t send(void const* bytes, std::size_t size) = 0;
    virtual ssize_t receive(void* bytes, std::size_t size) = 0;

    /// Until there may be something to receive, or room to send. Cancelling changes nothing.
    virtual asio::awaitable<void> readable() = 0;
    virtual asio::awaitable<void> writable() = 0;
    /// Ends such a wait that is going on, as if there were something.
    virtual void interrupt() = 0;

    /// A host that carries it has shown another key than the one that was verified, which ended it.
    virtual bool host_key_changed() const noexcept { return false; }

    /// Why it has come to an end, where that is more than the end itself; empty otherwise.
    virtual std::string error_message() const { return {}; }

    /// What its carrier has said besides, for messages; empty: nothing.
    virtual std::string remark() const { return {}; }
};

}  // namespace muster::ssh
