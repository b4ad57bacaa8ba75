// SPDX-License-Identifier: MIT
// The shards of a run as one: --merge.
#pragma once

#include "cli/arguments.hpp"
#include "cli/exit.hpp"

namespace muster::cli {

/// Shows the usual summary of all hosts, and which shards are missing. Throws ledger::merge_error.
run_ending merge_shards(arguments const& args);

}  // namespace muster::cli
