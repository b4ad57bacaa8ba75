// SPDX-License-Identifier: MIT
// Options of other programs that run commands on many hosts, and what they are here.
#pragma once

#include <string>
#include <string_view>

namespace muster::cli {

/// "; here that is -f/--fanout" for a long name (or a letter) of pdsh, clush, pssh, ansible, bssh, parallel or ssh
/// that muster does not have; empty for others.
std::string here_that_is(std::string_view name);

}  // namespace muster::cli
