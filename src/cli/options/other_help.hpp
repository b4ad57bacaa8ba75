// SPDX-License-Identifier: MIT
// What -h and -V show under the name of another program.
#pragma once

#include <string>

#include "cli/options/other_options.hpp"

namespace muster::cli {

/// How it is called, and each of its options as muster has it.
std::string usage_as(manners whose);

/// Begins with the name of the other program.
std::string version_as(manners whose, std::string const& libraries);

}  // namespace muster::cli
