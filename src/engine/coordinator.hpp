// SPDX-License-Identifier: MIT
// Does what the rollout answers: starts hosts, waits, asks, and says how batches went.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/rollout_hooks.hpp>

#include "engine/host/run_state.hpp"
#include "engine/rollout/rollout.hpp"

namespace muster {

/// Starts each host in a task of its own when its turn has come; a host that has to wait holds nothing.
class coordinator {
  public:
    /// Both must live as long as the hosts run.
    coordinator(run_state& run, coro::nursery hosts) : run_(run), hosts_(std::move(hosts)) {}

    /// Returns when every host that was started has ended, and nothing will start any more.
    asio::awaitable<void> run();

  private:
    void start(std::size_t host);
    asio::awaitable<void> live(std::size_t host);
    asio::awaitable<void> wake_at_stop();
    asio::awaitable<void> wait_for_change(rollout::time_point until);

    asio::awaitable<void> act(rollout::wait const& next);
    asio::awaitable<void> act(rollout::begin const& next);
    asio::awaitable<void> act(rollout::approve const& next);
    asio::awaitable<void> act(rollout::ask const& next);
    asio::awaitable<void> act(rollout::soak const& next);
    asio::awaitable<void> act(rollout::gate const& next);
    asio::awaitable<void> act(rollout::pass const& next);
    asio::awaitable<void> act(rollout::fail const& next);
    asio::awaitable<void> act(rollout::halt const& next);
    asio::awaitable<void> act(rollout::start const& next);
    asio::awaitable<void> act(rollout::done const& next);
    asio::awaitable<void> put_question(events::question kind, std::size_t batch);
    asio::awaitable<verdict> answer_to(events::question kind, std::size_t batch);

    run_state& run_;
    coro::nursery hosts_;
    coro::event changed_;  // a host has ended, or the run is stopped
};

}  // namespace muster
