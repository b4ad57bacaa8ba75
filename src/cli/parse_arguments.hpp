// SPDX-License-Identifier: MIT
// From the words of the command line to values.
#pragma once

#include <span>

#include "cli/arguments.hpp"

namespace muster::cli {

/// Parses what follows the program's name. An option's value counts before the variable's, that before the default.
/// Throws usage_error.
arguments parse_arguments(std::span<char const* const> words, environment const& variables);

}  // namespace muster::cli
