// SPDX-License-Identifier: MIT
// One command on a host, with what goes before it: the host's own, or one of muster's own beside it.
#pragma once

#include <chrono>
#include <functional>

#include <asio/awaitable.hpp>

#include <muster/coro/remote_event.hpp>
#include <muster/job.hpp>

#include "engine/host/host_place.hpp"
#include "engine/host/prelude.hpp"
#include "engine/host/running_command.hpp"

namespace muster {

/// Runs the step as the conversation does; with sudo, or a script, begins it first. Throws what that throws, and
/// step_failed when the command has not begun.
asio::awaitable<void> talk(host_place place, step const& step, sent_script const* script, command_terms terms);

/// A command of muster's own, which is not the host's command.
struct own_command {
    step const& what;
    muster::stage stage;  ///< where the host is meanwhile, and when it fails
    std::function<void(output_piece const& piece, bool last)> hear;
    std::function<bool(stop_signal)> stop = {};  ///< see command_terms
    std::chrono::nanoseconds clears_up{};        ///< likewise
    coro::remote_event* may_read = nullptr;      ///< likewise
};

/// Runs it to its end and returns that, whatever it is; state, status, signal and error are set. Throws step_failed
/// when there is no end, and what it was cancelled with.
asio::awaitable<host_result> run_own(host_place place, own_command const& command);

}  // namespace muster
