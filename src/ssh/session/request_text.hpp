// SPDX-License-Identifier: MIT
// What a host's login shell is given for a step, and how long that may be.
#pragma once

#include <cstddef>
#include <string>

#include <muster/error.hpp>
#include <muster/job.hpp>

namespace muster::ssh {

/// sshd hands a command to the login shell as one argument, and Linux takes arguments of 128 KiB with the zero behind
/// them (MAX_ARG_STRLEN, execve(2)).
constexpr std::size_t longest_request = 128 * 1024 - 1;

struct request_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// The command itself, or with a lease the script around it. Of one that the login shell may refuse
/// (shell::or_refusal) the output is read by shell::login_shell_reader.
std::string request_text(step const& step);

/// Throws request_error for a step that no host could run: to be called before the first connection.
void require_possible(job const& job);

/// Why the host can't get this text, which is request_text() of the step; empty: it can.
std::string length_fault(step const& step, std::string const& text);

}  // namespace muster::ssh
