// SPDX-License-Identifier: MIT
// How the command of a session is reached by a stop: by signal requests, by a channel of its own, or by the watch of
// its lease.
#pragma once

#include <libssh2.h>

#include <chrono>
#include <optional>

#include <asio/awaitable.hpp>

#include <muster/endpoint.hpp>
#include <muster/job.hpp>
#include <muster/transport.hpp>

#include "ssh/connection/pump.hpp"
#include "ssh/connection/signal_way.hpp"
#include "ssh/session/signal_channel.hpp"

namespace muster::ssh {

/// Used by the command's one coroutine.
class command_stop {
  public:
    using clock = pump::clock;

    /// `connection` must live longer.
    command_stop(pump& connection, endpoint const& endpoint);

    /// The command is about to be sent on that channel.
    void begins(LIBSSH2_CHANNEL* channel, std::optional<lease_terms> const& lease);

    /// Renews the lease when it is time, for a pump_timer; returns when to call again.
    clock::time_point on_timer(clock::time_point now);
    bool has_lease() const noexcept { return lease_.has_value(); }

    /// Signals the command and its group. `exited`: the command has, and requests do not reach what is left.
    asio::awaitable<void> stop(stop_signal signal, bool exited);

    /// After stop() with `exited`: nothing that is left was reached.
    bool in_vain() const noexcept { return in_vain_; }
    /// There is a way to see whether anything of the process group lives.
    bool sees_group() const noexcept { return beside_ && beside_->is_open(); }
    asio::awaitable<group_state> look();
    /// The exit was told and the channel closed: returns true when nothing of the process group is known to live, and
    /// waits for that; false when it cannot be known.
    asio::awaitable<bool> group_gone();

  private:
    asio::awaitable<void> tell_watch(char line);
    asio::awaitable<bool> request(stop_signal signal);
    asio::awaitable<bool> signal_by_channel(stop_signal signal);

    pump& connection_;
    signal_way way_;
    LIBSSH2_CHANNEL* channel_ = nullptr;
    clock::time_point reachable_;  // from here on
    std::optional<lease_terms> lease_;
    clock::time_point renewed_;
    bool obeys_ = false;  // the server has delivered a signal: so it runs the command that was asked for
    bool in_vain_ = false;
    bool watch_stops_ = false;  // it was told to end the group
    std::optional<signal_channel> beside_;
};

}  // namespace muster::ssh
