// SPDX-License-Identifier: MIT
// --confirm: the number of hosts, typed by the user, before anything starts.
#pragma once

#include <muster/host.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// Asks where the options want it, and returns when the answer is right. Throws target_error otherwise, and where there
/// is no terminal to ask on. Blocks.
void confirm(host_list const& hosts, arguments const& args);

}  // namespace muster::cli
