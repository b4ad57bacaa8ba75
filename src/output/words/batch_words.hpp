// SPDX-License-Identifier: MIT
// What people are told of batches: one line an event.
#pragma once

#include <span>
#include <string>

#include <muster/event.hpp>

namespace muster::output {

/// "batch 2 of 5: 10 hosts, web[3-12]". `hosts` are those of the run.
std::string batch_words(batch const& batch, std::size_t count, std::span<host_result const> hosts);

/// Empty: nothing is to be said.
std::string words_of(events::soaking const& batch);
std::string words_of(events::local_line const& line);
std::string words_of(events::question_answered const& question, std::span<host_result const> hosts);
/// For a batch in which the run stops, also which hosts kept it from passing.
std::string words_of(events::batch_ended const& batch, std::span<host_result const> hosts);
std::string words_of(events::preflight_ended const& preflight);

}  // namespace muster::output
