// SPDX-License-Identifier: MIT
// Tries every host before the first batch.
#pragma once

#include <muster/coro/awaitable.hpp>

#include "engine/host/run_state.hpp"

namespace muster {

/// Connects to each host and closes the connection again, as many at once as the options allow. A host that can't be
/// used ends so, and its turn will not come; where too few can, the run is stopped.
asio::awaitable<void> preflight(run_state& run);

}  // namespace muster
