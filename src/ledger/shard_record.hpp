// SPDX-License-Identifier: MIT
// What a file tells of the run of a shard, or of a whole run: a ledger, or what --json has written.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <muster/error.hpp>
#include <muster/report.hpp>

namespace muster::ledger {

/// Ledgers that are not the shards of one run. `what()` names file and reason.
struct merge_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// A time in which a rollout did one thing.
struct recorded_span {
    std::string what;  ///< "batch 2 of 5: 10 hosts"
    bool waits;        ///< a pause or a gate
    std::chrono::system_clock::time_point from, to;
};

/// Why a run was stopped.
struct recorded_stop {
    stop_cause cause = stop_cause::none;
    std::string culprit;                 // empty: no host is
    std::size_t batch = 0, batches = 0;  // as in a report
    std::string reason;                  // likewise
    /// When commands were told to end; the beginning of time: they were not.
    std::chrono::system_clock::time_point told{};
};

/// How a run was begun, besides its hosts and its command.
struct recorded_start {
    std::vector<std::string> options;           // "--name=value"
    std::vector<std::string> script_arguments;  // of --script
    bool reads_input = false;                   // a standard input, which is not kept
    std::string ledger;                         // for --resume; empty: none
};

/// By host.
using recorded_times = std::unordered_map<std::string, std::chrono::system_clock::time_point>;

/// The last run of a file, with those that it goes on with.
struct shard_record {
    std::string path;
    std::size_t shard = 0;
    std::size_t shards = 1;
    bool whole = true;     // no shard
    bool is_rest = false;  // of --resume with a folder: it begins by going on
    bool is_ledger = false;
    bool has_output = false;
    bool names_hosts = false;  // before their results
    std::vector<recorded_span> spans;
    std::string list_hash;      // empty: it is not told
    std::size_t list_size = 0;  // 0: it is not told
    std::string command;
    std::string command_hash;
    std::optional<recorded_start> start;  // empty: it is not told
    std::vector<host_result> hosts;
    std::unordered_map<std::string, std::size_t> index;
    std::optional<stop_cause> cause;  // of its summary; empty: it has none
    recorded_stop stop;
    recorded_times told_to_end;  // hosts that were stopped: when
    std::size_t counted = 0;     // by its summary
    std::chrono::milliseconds duration{};

    /// "shard 2 of 4", "the record"
    std::string name() const;
    /// That it has to have, as far as its lines tell.
    std::size_t expected_hosts() const;
};

/// Hosts of a list that shard k of so many has: k, k + shards, ...
std::size_t size_of_shard(std::size_t k, std::size_t shards, std::size_t list_size);

struct read_file {
    std::vector<shard_record> records;   // one at least; several: of shards, out of what --json has written
    std::optional<std::size_t> damaged;  // the first line without sense that no sudden end has left
};

/// Throws merge_error.
[[noreturn]] void refuse(std::string const& path, std::string_view reason);

/// `path`: "-" is standard input. Throws merge_error.
read_file read_shards(std::string const& path);

}  // namespace muster::ledger
