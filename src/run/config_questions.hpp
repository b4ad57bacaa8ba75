// SPDX-License-Identifier: MIT
// Answers what an ssh_config asks of this machine: commands of Match exec, names, own addresses.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "ssh_config/local_answers.hpp"

namespace muster {

/// Longest time of one command of Match exec.
inline constexpr std::chrono::seconds match_exec_limit{10};

/// Runs each command by the user's shell ($SHELL, or /bin/sh) in a session of its own, with nothing to read; what it
/// prints is dropped. At most 16 at once. One that does not end in time is ended, and so are all on cancellation.
/// `commands` must outlive the coroutine.
asio::awaitable<std::vector<ssh_config::exec_result>> run_match_commands(
    std::vector<std::string> const& commands, std::chrono::nanoseconds limit = match_exec_limit);

/// By the system's resolver, at most 16 at once. Blocks.
std::vector<ssh_config::name_answer> resolve_names(std::vector<ssh_config::name_query> const& queries);

/// Of the interfaces that are up.
std::vector<std::string> local_addresses();

/// All three, each of which blocks. Not on a thread on which a loop runs.
ssh_config::local_machine this_machine();

}  // namespace muster
