// SPDX-License-Identifier: MIT
// The user's agent lent to a host: channels that the server opens, each joined with a connection to the agent.
#pragma once

#include <libssh2.h>

#include <functional>
#include <list>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "ssh/connection/channel.hpp"
#include "ssh/connection/pump.hpp"

namespace muster::ssh {

/// While it lives, the server may open such channels; without one libssh2 refuses them. Each connection to the agent is
/// bound to the host before anything of the host goes over it, so that the agent knows who asks. Nothing here waits: an
/// agent that hangs keeps only those on the host waiting who asked it. Memory and connections are bounded, whatever the
/// host does: libssh2 refuses a channel when 64 are open, and a channel that brings more than may wait is closed.
class forwarded_agent {
  public:
    /// `socket` is the agent's path. `unbound` is called for each connection that the agent would not bind; may be
    /// empty.
    forwarded_agent(asio::any_io_executor const& loop, pump& connection, std::string socket,
                    std::function<void()> unbound);
    ~forwarded_agent();
    forwarded_agent(forwarded_agent const&) = delete;
    forwarded_agent& operator=(forwarded_agent const&) = delete;

    /// Moves what can be moved now, in both directions; `room` is used meanwhile.
    void move(std::span<char> room);
    /// Adds what else but the connection can let it go on.
    void add_waits(std::vector<asio::awaitable<void>>& to);

  private:
    class bridge;
    void opened(LIBSSH2_CHANNEL* channel);

    asio::any_io_executor loop_;
    pump& connection_;
    std::string socket_;
    std::function<void()> unbound_;
    std::list<bridge> bridges_;
    bool sated_ = false;  // the last move may have left something that could go
};

}  // namespace muster::ssh
