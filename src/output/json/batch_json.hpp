// SPDX-License-Identifier: MIT
// The events of batches as lines of JSON, alike in the ledger and in --json=events.
#pragma once

#include <span>
#include <string>

#include <muster/event.hpp>

namespace muster::output {

/// Types batch_started, soaking, local_output, gate, approved, refused or again, batch_passed or batch_stopped,
/// preflight. `hosts` are all of the run.
void append_event(std::string& to, events::batch_started const& batch);
void append_event(std::string& to, events::soaking const& batch);
void append_event(std::string& to, events::local_line const& line);
void append_event(std::string& to, events::question_answered const& question, std::span<host_result const> hosts);
void append_event(std::string& to, events::batch_ended const& batch);
void append_event(std::string& to, events::preflight_ended const& preflight);

}  // namespace muster::output
