// SPDX-License-Identifier: MIT
// The same error of many hosts as one.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <muster/report.hpp>

namespace muster::output {

/// A host's error, for itself and together with others that have the same cause.
struct host_error_text {
    std::string own;     ///< as explain() has it
    std::string folded;  ///< without what is only this host's: its name, its address, fingerprints
};

host_error_text error_of(host_result const& result);

/// A host that had no turn, and of which nothing else is to be said: the text of all of them is the same.
bool is_bare(host_result const& result) noexcept;

struct error_group {
    final_state state;
    std::string text;
    std::vector<std::size_t> hosts;  ///< in the report's order
};

/// Hosts with the same state and cause together: failures by weight, the gravest first, then warnings of hosts that
/// are `ok`; among equals the order of the report.
std::vector<error_group> grouped_errors(report const& results);

/// How many hosts ended in each state.
class state_counts {
  public:
    explicit state_counts(report const& results) noexcept;
    std::size_t operator[](final_state state) const noexcept { return counts_[static_cast<std::size_t>(state)]; }

  private:
    std::array<std::size_t, static_cast<std::size_t>(final_state::not_started) + 1> counts_{};
};

/// How many hosts ended in `state`.
std::size_t count_of(report const& results, final_state state) noexcept;

/// How grave a state is: 0 for `failed`, more for what is less so.
std::size_t weight_of(final_state state) noexcept;

}  // namespace muster::output
