// SPDX-License-Identifier: MIT
// The ledgers of the shards of one run, in one folder, read as one record: what is left runs in any number of shards.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ledger/file.hpp"
#include "ledger/record.hpp"

namespace muster::ledger {

struct shard_folder {
    record all;  ///< hosts in the order of the list, where every shard has a ledger
    std::string list_hash;
    std::vector<std::string> lacking;  ///< "shard 3 of 8 has no ledger", in words for the user
    std::vector<file> others;          ///< held against runs that would go on with one of them alone
};

/// Where shard `index` of `count` writes what it does of the rest; 1: the whole rest.
std::string rest_path(std::string const& folder, std::size_t index, std::size_t count);

/// Reads every file of the folder, which may hold nothing else. What shards of the same `count` write meanwhile is not
/// theirs who call, and no hindrance. A host that is `ok` in any of them is done; one that may run in another is not
/// run again. Throws record_error for ledgers of different commands or lists and for what is none, refused where
/// another run writes one.
shard_folder read_shard_folder(std::string const& folder, std::size_t count);

}  // namespace muster::ledger
