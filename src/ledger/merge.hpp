// SPDX-License-Identifier: MIT
// The ledgers of the shards of one run, or the record of a whole run, as one result.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <muster/report.hpp>

#include "ledger/shard_record.hpp"

namespace muster::ledger {

struct merged_run {
    report results;                       ///< hosts in the order of the whole list
    std::string command;                  ///< as the user gave it
    std::vector<recorded_span> spans;     ///< batches and pauses of a whole run
    recorded_times told_to_end;           ///< hosts that were stopped: when
    std::vector<std::string> resumable;   ///< the ledgers that --resume goes on with; empty where a run has none
    std::optional<recorded_start> start;  ///< of the run, or its first shard, where it has no ledger
    bool has_output = false;              ///< see each_output()
    std::vector<std::string> missing;     ///< "shard 3 of 8 has no ledger: 12 hosts unknown", in words for the user
};

/// `paths`: the ledgers of shards, or one file, which may also be a ledger without shards or what --json wrote. A host
/// without a result is `not_started`, or, if its command was sent, `lost` with an unknown end. Throws
/// merge_error for several files of which one is not of a shard, for files of different lists, commands or numbers of
/// shards, two files of one shard, and lines that make no sense.
merged_run merge(std::vector<std::string> const& paths);

}  // namespace muster::ledger
