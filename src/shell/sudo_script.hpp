// SPDX-License-Identifier: MIT
// A command with another user's rights, and what stops it there.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace muster::shell {

struct sudo_line {
    std::string user;
    std::string question;  ///< sudo writes it to standard error when it wants a password; empty: it must not ask
    std::string start;  ///< written to both streams right before the command begins; no other program writes that word
    bool watched = false;  ///< see below
    std::chrono::nanoseconds grace{};
};

/// The command runs by /bin/sh with that user's rights. Watched: its standard input is empty, and what the channel
/// sends are lines to a watch with the same rights: "t" ends the command's process group (SIGTERM, the grace, SIGKILL),
/// "k" does it at once, and the end of the input is a "t". The watch ends with the command's exit status, and not
/// before the group is gone.
std::string sudo_command(std::string_view command, sudo_line const& sudo);

/// Stands in `words` where the middle of a long line was left out.
constexpr std::string_view left_out = "...";

/// What sudo says, which may quote the line that it refuses, without the script in that.
std::string without_script(std::string words, std::string const& start);

/// What runs with the other user's rights in a watched line, for tests.
std::string watched_command(std::string_view command, sudo_line const& sudo, std::string_view shell = "/bin/sh");

}  // namespace muster::shell
