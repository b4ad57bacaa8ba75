// SPDX-License-Identifier: MIT
// Configuration files: defaults of options, a line each, under the options' long names.
#pragma once

#include <string>
#include <vector>

#include "cli/options/arguments.hpp"
#include "cli/options/split.hpp"

namespace muster::cli {

struct config_text {
    std::string path;
    std::string text;
};

/// The files that count, the user's before the system's; with `chosen` that one alone, with "none" no file. Throws
/// usage_error for a chosen file that is not there, and for one that others may write: it may name programs.
std::vector<config_text> find_configs(std::string const& chosen, environment const& variables);

/// "NAME = VALUE", "NAME VALUE", or "NAME" for a switch, on each line; blank lines and lines that begin with # are
/// skipped. Throws usage_error, which names file and line.
std::vector<given_option> read_config(config_text const& file);

}  // namespace muster::cli
