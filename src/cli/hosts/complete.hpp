// SPDX-License-Identifier: MIT
// --complete: what the last item of a list of hosts may become.
#pragma once

#include <string>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// The whole word for each way to complete it, a line each: hosts of inventories, aliases, names of known_hosts files,
/// groups behind an @, and states behind @last:. Runs no inventory program; what can't be read is left out in silence,
/// for a shell that completes has no place for errors.
std::string completions_of(arguments args);

}  // namespace muster::cli
