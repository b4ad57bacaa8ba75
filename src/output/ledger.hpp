// SPDX-License-Identifier: MIT
// The record of a run: which commands may have started and how each host ended, safe against a sudden end of muster.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <muster/sink.hpp>

#include "output/writer.hpp"

namespace muster::output {

/// What a run's first line says of it.
struct ledger_header {
    std::string version;       ///< of the program
    std::string command;       ///< as given to the hosts
    std::string command_hash;  ///< by which a later run tells whether it has the same command
};

/// Appends JSON Lines to a file: `run`, a `command_sent` for each host before its command goes out, a `result` at its
/// end (like that of `--json`, without output), `stopping`, `summary`. A line is in the file when `tell` returns, so it
/// outlives the process; that it is on disk is seen to by the writer's thread, a fifth of a second later at most when
/// that thread is not held up by a reader. Lines are always whole: what can't be written completely is taken back.
class ledger final : public sink {
  public:
    /// Opens or makes the file (mode 0600) and locks it against other runs. A last line that a sudden end cut off is
    /// closed, and stays unreadable. Throws write_error, and std::runtime_error when another run has the lock. `into`
    /// must live longer; it closes the file.
    ledger(writer& into, std::string const& path, ledger_header header);

    /// Throws write_error, once; then what can be written still is.
    flow tell(event const& what) override;

  private:
    void append(events::run_started const& run);
    void append(events::host_started const&) {}
    void append(events::command_sent const& sent);
    void append(events::output const&) {}
    void append(events::stopping const& stop);
    void append(events::host_ended const& ended);
    void append(events::run_ended const& run);

    std::optional<int> put();

    writer& writer_;
    std::string name_;
    ledger_header header_;
    int descriptor_;
    writer::target target_;
    std::span<host_result const> hosts_;
    bool told_error_ = false;
    std::string line_;
};

}  // namespace muster::output
