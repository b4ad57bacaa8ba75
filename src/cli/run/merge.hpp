// SPDX-License-Identifier: MIT
// The shards of a run as one: --merge.
#pragma once

#include "cli/options/arguments.hpp"
#include "cli/process/exit.hpp"

namespace muster::cli {

/// Shows the usual summary of all hosts, and which shards are missing. Throws ledger::merge_error.
run_ending merge_shards(arguments const& args);

}  // namespace muster::cli
