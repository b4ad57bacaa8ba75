// SPDX-License-Identifier: MIT
// Programs that print hosts.
#pragma once

#include <string>

namespace muster::cli {

/// Runs a shell command in `folder` (empty: here) and returns its standard output. Throws hosts::lookup_error when it
/// does not end with status 0 within 30 s, or prints more than 256 MiB. After a second it says that it waits for
/// `what`, such as "ansible-inventory", unless that is empty.
std::string run_host_program(std::string const& command, std::string const& folder, std::string const& what);

}  // namespace muster::cli
