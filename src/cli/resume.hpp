// SPDX-License-Identifier: MIT
// What an earlier run has left to do: its ledger and the command line together.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <muster/host.hpp>

#include "cli/arguments.hpp"
#include "cli/host_sources.hpp"
#include "cli/plan.hpp"
#include "ledger/record.hpp"

namespace muster::cli {

struct rest_of_run {
    arguments given;                   ///< with the command that is to run
    host_list hosts;                   ///< to run on
    host_numbers numbers;              ///< of these
    std::vector<std::string> may_run;  ///< left out: the command may still run there, or may have run
    std::size_t done = 0;              ///< left out: they are `ok`
};

/// The hosts that were given, or else the ledger's, without those that need not or must not run again. Throws
/// target_error: no hosts, or a ledger of another command.
rest_of_run rest_after(ledger::record const& record, arguments given, host_sources& sources);

}  // namespace muster::cli
