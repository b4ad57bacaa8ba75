// SPDX-License-Identifier: MIT
// The host's command, or the script in its place.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/job.hpp>

#include "engine/host/talk.hpp"

namespace muster {

/// Runs it to its end, which is in the host's result. `hear` gets the output in place of the sink, unless it is empty.
/// Throws what the conversation throws, and step_failed.
asio::awaitable<void> run_command(host_place place, step const& step, sent_script const* script,
                                  prelude::listener hear = {}, coro::remote_event* may_read = nullptr);
asio::awaitable<void> run_script(host_place place, script_step const& what, prelude::listener hear = {});

}  // namespace muster
