// SPDX-License-Identifier: MIT
// The options of ssh among the arguments, as the ssh configuration takes them.
#pragma once

#include <muster/ssh_settings.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

ssh_settings settings_of(arguments const& args);

}  // namespace muster::cli
