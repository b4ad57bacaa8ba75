// SPDX-License-Identifier: MIT
// The POSIX shell scripts that muster runs on a host beside or around a command, to end its process group.
#pragma once

#include <string>
#include <string_view>

#include <muster/job.hpp>

namespace muster::ssh {

/// The command of a signal channel: it finds the process groups of the connection's other commands and says them in
/// one line, "groups 123 456". Then, for each line "TERM", "KILL" or "LOOK" of its standard input, it signals them (but
/// for LOOK) and says "alive" or "gone". It ends with its input.
///
/// Found are the groups led by the other children of this connection's server process, and groups whose leader is gone
/// but whose members carry this connection's SSH_CONNECTION in their environment and hold a pipe or a socket as one of
/// their standard streams. The latter needs Linux's /proc; without it the first are found by ps(1).
std::string signal_command(std::string_view shell = "/bin/sh");

/// The command under a lease (job::lease): a watch in the background, in the command's own process group, reads the
/// channel's standard input, and the command takes the shell's place. The watch wants a line "b" before the lease
/// expires, ends the group on a line "t" (SIGTERM, the grace, SIGKILL), on "k" (SIGKILL), when the lease expires, and
/// when its input ends while the command lives; when the command has ended it goes, too.
///
/// With shell::or_refusal().
std::string lease_command(std::string_view command, lease_terms const& terms, std::string_view shell = "/bin/sh");

}  // namespace muster::ssh
