// SPDX-License-Identifier: MIT
// A step's part of the host's result.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <muster/report.hpp>

#include "engine/host/host_place.hpp"

namespace muster {

/// Records one step of a job that has several, from its begin; in a job of one it does nothing, unless note_own_end
/// has begun a record. A command's step begins
/// with nothing sent, whatever an earlier one has left in the result.
class step_record {
  public:
    step_record(host_place const& place, stage stage);

    /// The outcome of the step is the host's.
    void end();
    /// It is one of its own.
    void end(final_state state, std::string const& error);

  private:
    step_result& own() const;

    host_place place_;
    std::chrono::steady_clock::time_point begun_;
    std::size_t remarks_before_;
    command_fate command_before_;
};

/// What is known of the end of muster's own command in the step under way. An end that is not proved makes a record
/// also where a job has but one step: nothing else in the result tells of it.
void note_own_end(host_place const& place, host_result const& end);

/// Adds to what the step under way reports of its work.
void count(host_place const& place, std::string_view name, std::uint64_t value);

/// A command of the host went out, of this step or of one before.
bool has_sent(host_result const& result);

}  // namespace muster
