// SPDX-License-Identifier: MIT
// The transport by the system's ssh: for what muster's own SSH leaves out.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include <muster/coro/semaphore.hpp>
#include <muster/transport.hpp>

#include "process/child.hpp"
#include "process/groups.hpp"
#include "system_ssh/ssh_words.hpp"

namespace muster::system_ssh {

/// Each step is an ssh of its own, which connects and logs in: connect() does nothing. ssh reads the user's
/// configuration, asks nothing (BatchMode) unless the settings name who answers, and shares no connection unless the
/// settings say so. At most `logins` of them are on their way at once. Its process group is its own, without a
/// terminal. Belongs to one loop; outlives its connections.
class system_ssh_transport final : public transport {
  public:
    /// `limit` is for hosts whose endpoint has no limit on its connection; zero: none.
    system_ssh_transport(ssh_settings settings, std::chrono::nanoseconds limit, std::size_t logins)
        : settings_(std::move(settings)), limit_(limit), logins_(logins) {}

    asio::awaitable<std::unique_ptr<connection>> connect(endpoint const& endpoint, connect_progress& progress) override;

  private:
    ssh_settings settings_;
    std::chrono::nanoseconds limit_;
    coro::semaphore logins_;
    process::groups groups_;
    process::reaper reaper_;
};

}  // namespace muster::system_ssh
