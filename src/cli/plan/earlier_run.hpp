// SPDX-License-Identifier: MIT
// What --resume goes on with: a ledger, or a folder with the ledgers of all shards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/hosts/host_sources.hpp"
#include "cli/options/arguments.hpp"
#include "ledger/file.hpp"
#include "ledger/record.hpp"
#include "output/record/ledger_sink.hpp"

namespace muster::cli {

struct earlier_run {
    ledger::file ours;  ///< what this run writes; locked before anything was read
    ledger::record record;
    std::vector<ledger::file> others = {};  ///< of a folder
    std::string list_hash = {};             ///< of a folder: of the list that its shards had
};

/// A ledger that does not exist yet has nothing done: whoever restarts a run by itself gives the same line every time.
/// Throws target_error.
earlier_run open_earlier_run(arguments const& args);

/// The part that this run has; nothing without --shard.
std::optional<output::part_of_list> shard_of(arguments const& args, host_sources& sources,
                                             host_list const* recorded = nullptr);

/// The part of a run that goes on. Throws target_error for another one than the ledger's, or of another list.
std::optional<output::part_of_list> shard_of(arguments const& args, host_sources& sources, earlier_run const& earlier);

}  // namespace muster::cli
