// SPDX-License-Identifier: MIT
// Events of batches and of the stop as lines of JSON, alike in the ledger and in --json=events.
#pragma once

#include <span>
#include <string>

#include <muster/event.hpp>

#include "output/json/result_json.hpp"

namespace muster::output {

/// Types batch_started, soaking, local_output, gate, approved, refused or again, batch_passed or batch_stopped,
/// preflight, stopping. `hosts` are all of the run.
void append_event(std::string& to, events::batch_started const& batch);
void append_event(std::string& to, events::soaking const& batch);
void append_event(std::string& to, events::local_line const& line);
void append_event(std::string& to, events::question_answered const& question, std::span<host_result const> hosts);
void append_event(std::string& to, events::batch_ended const& batch);
void append_event(std::string& to, events::preflight_ended const& preflight);
void append_event(std::string& to, events::stopping const& stop, std::span<host_result const> hosts,
                  part_of_list const& part);

}  // namespace muster::output
