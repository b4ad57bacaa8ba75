// SPDX-License-Identifier: MIT
// Questions to a silent server whether it is alive (ServerAliveInterval and ServerAliveCountMax of ssh_config(5)).
#pragma once

#include <chrono>

#include <muster/endpoint.hpp>

#include "ssh/connection/link.hpp"

namespace muster::ssh {

/// For a link_timer, on the loop's thread.
class keepalive {
  public:
    /// `connection` must live longer.
    keepalive(link& connection, endpoint const& where);

    /// Asks when the server has been silent for the interval, and gives the connection up after so many questions
    /// without an answer. Returns when to call again.
    link::clock::time_point beat(link::clock::time_point now);

  private:
    link& connection_;
    std::chrono::seconds interval_;
    unsigned most_unanswered_;
    unsigned unanswered_ = 0;
    link::clock::time_point asked_;
};

}  // namespace muster::ssh
