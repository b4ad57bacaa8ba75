// SPDX-License-Identifier: MIT
// The name under which a host is reached: addresses in one spelling, CanonicalizeHostname and its companions.
#pragma once

#include "ssh_config/local_answers.hpp"
#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {

/// Rewrites `settings.host_name` as ssh does. Returns true if CanonicalizeHostname asks for a second reading of the
/// blocks under the name. Leaves `settings` incomplete where the resolver must be asked first.
bool canonicalize(host_settings& settings, host_query const& query, local_answers& answers);

}  // namespace muster::ssh_config
