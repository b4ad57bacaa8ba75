// SPDX-License-Identifier: MIT
// What each host does.
#pragma once

#include <memory>
#include <string>

#include <muster/input.hpp>

namespace muster {

/// The work of one host: a command line, given verbatim to the login shell there (RFC 4254 section 6.5).
struct job {
    std::string command;
    std::shared_ptr<command_input> input = {};  ///< what each host's command reads, from the start; null: nothing
};

}  // namespace muster
