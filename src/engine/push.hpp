// SPDX-License-Identifier: MIT
// The step that puts a file or a directory on a host.
#pragma once

#include <asio/awaitable.hpp>

#include <muster/job.hpp>

#include "engine/own_command.hpp"

namespace muster {

/// What a push has done.
enum class push_outcome {
    changed,
    same,  ///< it was there already; nothing was sent
};

/// Throws step_failed, input_error for a source that changes while it is sent, and what it was cancelled with.
asio::awaitable<push_outcome> push(host_place where, push_step const& what);

}  // namespace muster
