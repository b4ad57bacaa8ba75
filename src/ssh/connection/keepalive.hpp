// SPDX-License-Identifier: MIT
// Questions to a silent server whether it is alive (ServerAliveInterval and ServerAliveCountMax of ssh_config(5)).
#pragma once

#include <chrono>

#include <muster/endpoint.hpp>

#include "ssh/connection/pump.hpp"

namespace muster::ssh {

/// For a pump_timer, on the loop's thread.
class keepalive {
  public:
    /// `connection` must live longer.
    keepalive(pump& connection, endpoint const& endpoint);

    /// Asks when the server has been silent for the interval, and gives the connection up after so many questions
    /// without an answer. Returns when to call again.
    pump::clock::time_point on_timer(pump::clock::time_point now);

  private:
    pump& connection_;
    std::chrono::seconds interval_;
    unsigned most_unanswered_;
    unsigned unanswered_ = 0;
    pump::clock::time_point asked_;
};

}  // namespace muster::ssh
