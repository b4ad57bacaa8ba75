// SPDX-License-Identifier: MIT
// What each host does.
#pragma once

#include <string>

namespace muster {

/// The work of one host: a command line, given verbatim to the login shell there (RFC 4254 section 6.5).
struct job {
    std::string command;
};

}  // namespace muster
