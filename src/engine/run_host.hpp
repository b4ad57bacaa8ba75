// SPDX-License-Identifier: MIT
// One host's life, from the first packet to its final state.
#pragma once

#include <cstddef>

#include <asio/awaitable.hpp>

#include "engine/host/run_state.hpp"

namespace muster {

/// Runs the job on the host and leaves its outcome in the report; every failure of the host ends there and is not
/// thrown. Cancelling it stops the command, awaits the proof of its end, and only then returns.
asio::awaitable<void> run_host(run_state& run, std::size_t host);

/// Connects to the host and closes the connection again. False: its outcome is in the report, as above, and its turn
/// will not come.
asio::awaitable<bool> can_connect(run_state& run, std::size_t host);

}  // namespace muster
