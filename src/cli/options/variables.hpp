// SPDX-License-Identifier: MIT
// Environment variables, and the folders of the user that they name.
#pragma once

#include <string>
#include <string_view>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// Empty where it is not set.
std::string value_of(environment const& variables, char const* name);

/// The folder that `name` names (XDG Base Directory Specification, which wants an absolute path), or else `in_home`
/// below the home directory. Empty where there is no home.
std::string user_folder(environment const& variables, char const* name, std::string_view in_home);

/// A run tells its gates, and its commands for each host, something in variables (--gate, --before). In a muster that
/// these run, those are no options.
bool is_told_by_run(std::string_view name, environment const& variables);

/// This process's own variables, with `told`, of the form "NAME=value", in place of those of the same names.
std::vector<std::string> environment_with(std::vector<std::string> told);

}  // namespace muster::cli
