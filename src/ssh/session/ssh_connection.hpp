// SPDX-License-Identifier: MIT
// A connection that is logged in, as the engine sees it: it starts one command after the other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <muster/endpoint.hpp>
#include <muster/transport.hpp>

#include "ssh/connection/keepalive.hpp"
#include "ssh/connection/pump.hpp"
#include "ssh/session/forwarded_agent.hpp"
#include "ssh/session/ssh_command.hpp"

namespace muster::ssh {

class ssh_connection final : public connection {
  public:
    /// `scratch` is where reads go; it may be shared by all connections of a loop. It and `where` must live longer.
    /// The agent of the endpoint is lent where `unbound`, which is for forwarded_agent, is not empty.
    ssh_connection(std::unique_ptr<pump> below, endpoint const& endpoint, std::span<char> scratch,
                   std::function<void()> unbound = {});

    asio::awaitable<std::unique_ptr<command>> start(step const& step, std::function<void()> const& sending) override;
    asio::awaitable<void> close() override;

  private:
    asio::awaitable<std::unique_ptr<ssh_command>> open_command(step const& step);
    asio::awaitable<std::unique_ptr<ssh_command>> open_once(step const& step);

    std::unique_ptr<pump> pump_;
    endpoint const& endpoint_;
    std::span<char> scratch_;
    std::function<void()> unbound_;
    keepalive alive_;
    pump_timer alive_timer_;
    std::optional<forwarded_agent> agent_;
    bool used_ = false;  // a command has been here
};

}  // namespace muster::ssh
