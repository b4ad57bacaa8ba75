// SPDX-License-Identifier: MIT
// The steps that run however the others ended.
#pragma once

#include <muster/coro/awaitable.hpp>

#include "engine/host/host_place.hpp"

namespace muster {

/// Runs them in order, with the host's outcome in its result by then; none when the connection is gone. A stop of the
/// run leaves each the time of the grace, a stop that is cut short none. A failure of one makes a host that was ok
/// fail; of another host it stays with the step.
asio::awaitable<void> run_at_end(host_place place);

}  // namespace muster
