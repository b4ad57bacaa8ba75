// SPDX-License-Identifier: MIT
// Asking the user for passphrases and passwords: on the terminal, or through another program.
#pragma once

#include <string>

#include "cli/options/arguments.hpp"
#include "ssh/login/login_options.hpp"

namespace muster::cli {

/// Who can be asked, as ssh decides it: --askpass; else, by SSH_ASKPASS_REQUIRE, the terminal or the program that
/// SSH_ASKPASS names (that one only with a display, or when it is required). Empty: no program.
ssh::ask_user who_to_ask(std::string const& askpass, environment const& variables);

/// Asks on the process's terminal, without showing what is typed. Nothing: there is no terminal, or the input ended.
std::optional<ssh::secret_text> ask_on_terminal(std::string const& prompt, std::stop_token stop);

/// Runs a program with the prompt as its argument; what it writes, up to the end of the line, is the answer. Nothing:
/// it failed or can't be run.
std::optional<ssh::secret_text> ask_program(std::string const& program, std::string const& prompt,
                                            std::stop_token stop);

}  // namespace muster::cli
