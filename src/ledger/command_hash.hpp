// SPDX-License-Identifier: MIT
// The mark by which a later run tells whether it has the command of an earlier one.
#pragma once

#include <string>

namespace muster::ledger {

/// "sha256:..." of the command.
std::string command_hash(std::string const& command);

}  // namespace muster::ledger
