// SPDX-License-Identifier: MIT
// The members that results and summaries have in JSON and in the ledger alike.
#pragma once

#include <cstddef>
#include <string>

#include <muster/report.hpp>

#include "output/json/json_text.hpp"

namespace muster::output {

/// Which part of a list the hosts of a run are; `count` 0: all of it.
struct part_of_list {
    std::size_t index = 0;
    std::size_t count = 0;
    std::string list_hash = {};  ///< by which it is seen that all parts are of one list
    std::size_t list_size = 0;
};

/// `shard` and `shards`; nothing for all of a list.
void append_shard(json_object& object, part_of_list const& part);

/// Likewise, and `list_hash` and `list_size`.
void append_part(json_object& object, part_of_list const& part);

/// From `v` to `error`.
void begin_result(json_object& object, host_result const& result);

/// From `kex` to `attempts`, and, where they apply, `stop`, `stages`, `steps`, `changed`, `same`, `shard`; and
/// the end.
void end_result(json_object& object, host_result const& result, part_of_list const& part = {});

/// Why the run stops, from the second member on: `culprit`, and in batches `batch`, `batches` and `reason`.
void append_stop(json_object& object, std::string const& culprit, std::size_t batch, std::size_t batches,
                 std::string_view reason);

/// The summary of a run as one line.
void append_summary(std::string& to, report const& results, part_of_list const& part = {});

}  // namespace muster::output
