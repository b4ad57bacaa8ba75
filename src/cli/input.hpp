// SPDX-License-Identifier: MIT
// What the hosts' commands read as standard input, as the command line and our own standard input have it.
#pragma once

#include <memory>

#include <muster/input.hpp>

#include "cli/arguments.hpp"

namespace muster::cli {

/// Null: nothing. Throws target_error when it can't be opened.
std::shared_ptr<command_input> input_for(arguments const& given);

}  // namespace muster::cli
