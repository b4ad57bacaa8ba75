// SPDX-License-Identifier: MIT
// --confirm: the number of hosts, typed by the user, before anything starts.
#pragma once

#include <muster/host.hpp>

#include "cli/options/arguments.hpp"
#include "cli/process/start_limit.hpp"

namespace muster::cli {

/// Asks where the options want it, and returns when the answer is right. Throws target_error otherwise, and where there
/// is no terminal to ask on. Blocks; the limit's clock stands meanwhile.
void confirm(host_list const& hosts, arguments const& args, start_limit& limit);

}  // namespace muster::cli
