// SPDX-License-Identifier: MIT
// The members that results and summaries have in JSON and in the ledger alike.
#pragma once

#include <string>

#include <muster/report.hpp>

#include "output/json_text.hpp"

namespace muster::output {

/// From `v` to `error`.
void begin_result(json_object& object, host_result const& result);

/// From `truncated` to `attempts`, `stages` and, for a job of several steps, `steps`; and the end.
void end_result(json_object& object, host_result const& result);

/// The summary of a run as one line.
void append_summary(std::string& to, report const& results);

}  // namespace muster::output
