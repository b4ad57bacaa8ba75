// SPDX-License-Identifier: MIT
// From the words of the command line, the environment and configuration files to values.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/options/arguments.hpp"
#include "cli/options/config_file.hpp"

namespace muster::cli {

/// find_configs, or what a test has in place of files. An empty function: there are none.
using config_finder = std::function<std::vector<config_text>(std::string const& chosen, environment const& variables)>;

/// Parses what follows the program's name. An option's value counts before the variable's, that before the user's
/// configuration file, that before the system's, that before the default. `recorded`, where given, are options of a run
/// that this one goes on with (arguments::taken): they count after the command line and instead of variables and files.
/// Throws usage_error.
arguments parse_arguments(std::span<char const* const> words, environment const& variables,
                          config_finder const& find = {}, std::vector<std::string> const* recorded = nullptr);

/// What a script in place of a command is called where a command would be shown: "--script FILE ARG".
std::string script_line(std::string const& script, std::vector<std::string> const& words);

}  // namespace muster::cli
