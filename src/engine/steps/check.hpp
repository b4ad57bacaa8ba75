// SPDX-License-Identifier: MIT
// The step that waits until a host is well.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/job.hpp>

#include "engine/host/host_place.hpp"

namespace muster {

/// Tries until it ends well, and stays well where that is wanted. The last try's output is told. A connection that is
/// gone is made anew: the service may be the server of the connection itself. Throws step_failed, and what it was
/// cancelled with.
asio::awaitable<void> check(host_place place, check_step const& check);

}  // namespace muster
