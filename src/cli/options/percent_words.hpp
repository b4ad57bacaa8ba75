// SPDX-License-Identifier: MIT
// The arguments of a program as pdsh -R exec takes them, as a command for --transport exec.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace muster::cli {

struct percent_command {
    std::vector<std::string> words;  ///< each quoted for the shell
    bool is_template = false;        ///< {user} or {n} stands in it
};

/// pdsh runs it without a shell, and so one word stays one: %h is the host, %u the user there, %n the host's place in
/// the list from 0, %% a %. Braces that stand in a word stay what they are.
percent_command with_percents(std::span<std::string const> words);

}  // namespace muster::cli
