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
};

/// From `v` to `error`.
void begin_result(json_object& object, host_result const& result);

/// From `truncated` to `attempts`, and, where they apply, `stages`, `steps`, `changed`, `same`, `shard`; and the end.
void end_result(json_object& object, host_result const& result, part_of_list part = {});

/// The summary of a run as one line.
void append_summary(std::string& to, report const& results, part_of_list part = {});

}  // namespace muster::output
