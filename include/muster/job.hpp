// SPDX-License-Identifier: MIT
// What each host does: steps, one after the other over one connection.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/input.hpp>

namespace muster {

/// A command that lives only as long as its connection: see step::lease.
struct lease_terms {
    std::chrono::seconds expires{60};               ///< a connection that is silent for so long counts as ended
    std::chrono::nanoseconds grace{5'000'000'000};  ///< then, between SIGTERM and SIGKILL
};

/// One command line, given verbatim to the login shell of the host (RFC 4254 section 6.5), and what goes with it.
struct step {
    std::string command;
    std::shared_ptr<command_input> input = {};  ///< what each host's command reads, from the start; null: nothing
    /// Set: the command runs under a small POSIX shell script, which ends its process group when the connection ends,
    /// for whatever reason. Its standard input is empty then, and it has no terminal. Only over SSH.
    std::optional<lease_terms> lease = {};
    std::optional<tty_request> tty = {};  ///< unset: as the endpoint says
    /// Variables (SetEnv of ssh_config(5)) besides those of the endpoint.
    std::vector<std::pair<std::string, std::string>> environment = {};
};

/// The work of one host. A step starts when the one before it has ended well.
struct job {
    /// One command.
    job(std::string command, std::shared_ptr<command_input> input = {})
        : steps{step{std::move(command), std::move(input)}} {}
    explicit job(std::vector<step> in_order) : steps(std::move(in_order)) {}

    std::vector<step> steps;  ///< at least one
};

}  // namespace muster
