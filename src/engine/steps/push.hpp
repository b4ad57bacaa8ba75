// SPDX-License-Identifier: MIT
// The step that puts a file or a directory on a host.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/job.hpp>

#include "engine/host/host_place.hpp"

namespace muster {

/// Throws step_failed, input_error for a source that changes while it is sent, and what it was cancelled with.
asio::awaitable<push_outcome> push(host_place place, push_step const& push);

}  // namespace muster
