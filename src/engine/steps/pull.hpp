// SPDX-License-Identifier: MIT
// The step that fetches a file or a directory from a host.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/job.hpp>

#include "engine/host/host_place.hpp"

namespace muster {

/// Throws step_failed, input_error for this machine's disk, and what it was cancelled with.
asio::awaitable<void> pull(host_place place, pull_step const& pull);

}  // namespace muster
