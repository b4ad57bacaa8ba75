// SPDX-License-Identifier: MIT
// Sends the question when nothing has come for the interval, and gives up after the last one.
#include "ssh/connection/keepalive.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <string>

#include <muster/coro/time.hpp>

namespace muster::ssh {

using namespace std::chrono_literals;

keepalive::keepalive(pump& connection, endpoint const& endpoint)
    : connection_(connection),
      interval_(endpoint.settings->alive_interval),
      most_unanswered_(endpoint.settings->alive_count_max) {}

pump::clock::time_point keepalive::on_timer(pump::clock::time_point now) {
    if (interval_ <= 0s) return pump::clock::time_point::max();
    auto const heard = connection_.last_received();
    if (heard > asked_) unanswered_ = 0;
    auto const due = coro::time_after(std::max(heard, asked_), interval_);
    if (now < due) return due;
    if (unanswered_ >= most_unanswered_) {
        auto const silence = std::chrono::duration_cast<std::chrono::seconds>(now - heard);
        connection_.give_up("the server has been silent for " + std::to_string(silence.count()) +
                            " s (see ServerAliveInterval)");
        return pump::clock::time_point::max();
    }
    ++unanswered_;
    asked_ = now;
    muster_ask(connection_.session());  // an exchange of keys that hinders it is a sign of life, too
    return coro::time_after(now, interval_);
}

}  // namespace muster::ssh
