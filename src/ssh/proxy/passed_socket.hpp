// SPDX-License-Identifier: MIT
// The connection that a ProxyCommand passes as a descriptor (ssh_config's ProxyUseFdpass).
#pragma once

#include <muster/coro/awaitable.hpp>

#include <asio/generic/stream_protocol.hpp>

#include "ssh/proxy/proxy.hpp"

namespace muster::ssh {

/// Waits for the descriptor, which must come alone, with one byte, and be a connected stream socket; then for the
/// program's end, a second at most. Throws transport_error (stage connect).
asio::awaitable<asio::generic::stream_protocol::socket> passed_socket(proxy& from);

}  // namespace muster::ssh
