// SPDX-License-Identifier: MIT
// The last run, remembered without any option: hosts and how each ended, for --failed and @last:STATES.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <muster/report.hpp>

#include "cli/options/arguments.hpp"
#include "hosts/run_states.hpp"

namespace muster::cli {

struct last_run {
    std::string ended;  ///< RFC 3339, UTC
    std::vector<hosts::recorded_host> hosts;
};

/// Under XDG_STATE_HOME, or else ~/.local/state; empty where there is no home.
std::string last_run_file(environment const& variables);

/// Nothing where no run was remembered. Throws hosts::lookup_error for a file that can't be used.
std::optional<last_run> read_last_run(std::string const& path);

/// "last run, 2026-11-27 03:10:00: 120 hosts: 117 ok, 3 failed"
std::string in_words(last_run const& run);

/// Replaces what was remembered, in one step, by a file that its owner alone can read. It holds no command and no
/// output. Throws write_error.
void write_last_run(std::string const& path, report const& results);

/// The run is to be remembered: on a terminal, or as --remember says.
bool remembers(arguments const& args);

}  // namespace muster::cli
