// SPDX-License-Identifier: MIT
// What pdsh and clush take with -R exec, as a command for --transport exec.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace muster::cli {

struct percent_command {
    std::vector<std::string> words;
    bool is_template = false;  ///< {user} or {n} stands in it
};

/// pdsh runs a program without a shell, and so each word is quoted: %h is the host, %u the user there, %n the host's
/// place in the list from 0, %% a %. Braces that stand in a word stay what they are.
percent_command with_percents(std::span<std::string const> words);

/// clush hands the words, joined by blanks, to a shell: %h, %host and %{host} are the host, %n and %rank its place from
/// 0, %% a %. Throws std::invalid_argument for another name behind a %.
percent_command with_percents_for_shell(std::span<std::string const> words);

}  // namespace muster::cli
