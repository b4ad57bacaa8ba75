// SPDX-License-Identifier: MIT
// The command line that runs the rest of a run.
#pragma once

#include <optional>
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

/// The arguments of a run as a record has them: options, "--name=value", the command, and the arguments of a script.
/// Nothing where this program does not know an option, or where bytes were no text and are lost.
std::optional<arguments> recorded_arguments(std::vector<std::string> const& options, std::string const& command,
                                            std::vector<std::string> const& script_words);

}  // namespace muster::cli
