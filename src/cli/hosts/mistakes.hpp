// SPDX-License-Identifier: MIT
// What looks like a mistake of the user, and its way out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <muster/report.hpp>

#include "cli/hosts/host_sources.hpp"
#include "cli/options/arguments.hpp"

namespace muster::cli {

/// Throws usage_error where the command's first word looks like a host ("web1 web2 uptime", as a shell expands
/// web[1-2]), or HOSTS like a command ("uptime web1"). "--" before the command says that it is meant.
void check_words(arguments const& args, host_sources& sources, environment const& variables);

/// Throws usage_error where a file of -i is an inventory, as ansible takes it.
void check_identities(arguments const& args);

/// A warning for each variable whose name begins with MUSTER_ and that means nothing, or nothing in this place.
/// `entries` are "NAME=VALUE", and a null pointer behind the last.
std::vector<std::string> warnings_of_variables(char const* const* entries);

/// What the results make likely: an option of muster among the command's words, a name that was mistyped.
std::vector<std::string> afterthoughts(report const& results, arguments const& args, host_sources& sources);

}  // namespace muster::cli
