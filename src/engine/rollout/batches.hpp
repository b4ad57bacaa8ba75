// SPDX-License-Identifier: MIT
// What a plan must be before a run may have it.
#pragma once

#include <cstddef>

#include <muster/batches.hpp>

namespace muster {

/// Throws std::invalid_argument: a host that is in no batch or in two, batches whose numbers don't rise, groups that
/// are not those of the hosts, or a negative time.
void require_valid_plan(rollout_options const& plan, std::size_t hosts);

}  // namespace muster
