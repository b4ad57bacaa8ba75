// SPDX-License-Identifier: MIT
// A command that reboots its host: by which boot the host is known, and how it is awaited.
#pragma once

#include <muster/coro/awaitable.hpp>

#include "engine/host/host_place.hpp"

namespace muster {

/// Awaits the host's command. With rollout_options::expect_reboot a connection that breaks meanwhile is no failure: the
/// host is connected to again and again until it is in another boot (random(4), boot_id), and where.connected is then a
/// connection to that one. Throws what the command throws, and step_failed: `timed_out` when the host has not booted
/// anew in time, `failed` before anything is sent when it does not tell its boot.
asio::awaitable<void> with_reboot(host_place place, asio::awaitable<void> command);

}  // namespace muster
