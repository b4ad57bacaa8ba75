// SPDX-License-Identifier: MIT
// What each host does.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <muster/input.hpp>

namespace muster {

/// A command that lives only as long as its connection: see job::lease.
struct lease_terms {
    std::chrono::seconds expires{60};               ///< a connection that is silent for so long counts as ended
    std::chrono::nanoseconds grace{5'000'000'000};  ///< then, between SIGTERM and SIGKILL
};

/// The work of one host: a command line, given verbatim to the login shell there (RFC 4254 section 6.5).
struct job {
    std::string command;
    std::shared_ptr<command_input> input = {};  ///< what each host's command reads, from the start; null: nothing
    /// Set: the command runs under a small POSIX shell script, which ends its process group when the connection ends,
    /// for whatever reason. Its standard input is empty then, and it has no terminal. Only over SSH.
    std::optional<lease_terms> lease = {};
};

}  // namespace muster
