// SPDX-License-Identifier: MIT
// From a host's turn to its connection: a place among those that log in, the connection, and further tries.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include <asio/awaitable.hpp>

#include <muster/transport.hpp>

#include "engine/host/run_state.hpp"

namespace muster {

/// The limit on one connection of that host.
std::chrono::nanoseconds connect_limit(run_state const& run, std::size_t host);

/// A limit that has passed for a host behind a jump host, which its error names. `note` is what else there is to say.
void throw_if_behind_jump(endpoint const& endpoint, remark const& passed, std::string_view note = {});

/// Connects, as often as the options allow, and counts the connections in the host's result. Waits as long as it takes
/// when this machine is short of something that other hosts of the run will give back. Throws the last failure,
/// transport_error or host_failure.
asio::awaitable<std::unique_ptr<connection>> connect_with_retries(run_state& run, std::size_t host);

}  // namespace muster
