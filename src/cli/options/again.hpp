// SPDX-License-Identifier: MIT
// The command line that runs the rest of a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// The run has a record that --resume goes on with.
bool is_resumable(arguments const& args);

/// A complete command, quoted for a POSIX shell: the options that were given, this list of hosts in place of those that
/// were chosen, and the command. With a ledger it resumes that, also without hosts, where gates are left. Empty when
/// nothing is left to run.
std::string again_command(arguments const& args, std::string const& hosts);

}  // namespace muster::cli
