// SPDX-License-Identifier: MIT
// The ledgers of the shards of one run as one result.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <muster/error.hpp>
#include <muster/report.hpp>

namespace muster::ledger {

/// Ledgers that are not the shards of one run. `what()` names file and reason.
struct merge_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

struct merged_run {
    report results;                    ///< hosts in the order of the whole list
    std::string command;               ///< as the user gave it
    std::vector<std::string> missing;  ///< "shard 3 of 8 has no ledger: 12 hosts unknown", in words for the user
};

/// A host without a result is `not_started`, or, if its command was sent, `lost` with an unknown end. Throws
/// merge_error for files of different lists, commands or numbers of shards, two files of one shard, and lines that make
/// no sense.
merged_run merge(std::vector<std::string> const& paths);

}  // namespace muster::ledger
