// SPDX-License-Identifier: MIT
// The final state of a host whose life was cut short.
#pragma once

#include <cstddef>
#include <exception>

#include "engine/host/run_state.hpp"

namespace muster {

/// Thrown after set_outcome(): the host's result says the rest.
struct outcome_is_set {};

/// What the exception means for the host; `asked`: it may be a cancellation. An error that is no host's stops the run.
void set_outcome(run_state& run, std::size_t host, std::exception_ptr const& cause, bool asked);

}  // namespace muster
