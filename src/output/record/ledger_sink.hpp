// SPDX-License-Identifier: MIT
// The record of a run: which commands may have started and how each host ended, safe against a sudden end of muster.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <muster/sink.hpp>

#include "ledger/file.hpp"
#include "output/json/result_json.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// A script or what is pushed, where all hosts get the same.
struct ledger_content {
    std::string source;  ///< its absolute path
    std::string sha256;  ///< in hexadecimal digits
};

/// What the commands read as their standard input.
struct ledger_input {
    std::string source;       ///< an absolute path, or "standard input"
    std::size_t size = 0;     ///< where the bytes are known
    std::string sha256 = {};  ///< in hexadecimal digits; empty: they can be read only once, or each host has its own
};

/// What a run's first line says of it.
struct ledger_header {
    std::string version;       ///< of the program
    std::string command;       ///< as given to the hosts
    std::string command_hash;  ///< by which a later run tells whether it has the same command
    bool resumed = false;      ///< it goes on with what the file tells of runs before it
    std::string transport = {};
    std::vector<std::string> options = {};  ///< that make it what it is, "--name=value"
    std::optional<part_of_list> shard = {};
    std::vector<std::vector<std::string>> batches = {};  ///< a plan by labels; empty: none, or that of the run before
    std::vector<std::string> script_arguments = {};      ///< of --script, which `command` shows as one line
    std::vector<ledger_content> contents = {};
    std::optional<ledger_input> input = {};
};

/// Appends JSON Lines to a file: `run` with all hosts, a `command_sent` for each host before its command goes out, a
/// `step_done` for a step that others follow, a `result` at its end (like that of `--json`, without output),
/// `stopping`, `summary`. A line is in the file when `tell` returns, so it outlives the process; that it is on disk is
/// seen to by the writer's thread, a fifth of a second later at most when that thread is not held up by a reader. Lines
/// are always whole: what can't be written completely is taken back.
class ledger_sink final : public sink {
  public:
    /// Throws write_error. `into` must live longer; it closes the file.
    ledger_sink(writer& into, ledger::file file, ledger_header header);

    /// Throws write_error, once; then what can be written still is.
    flow tell(event const& event) override;

    /// What `tell` has thrown, in words; empty: nothing.
    std::string const& failure() const noexcept { return failure_; }

  private:
    void append(events::run_started const& run);
    void append(events::host_started const&) {}
    void append(events::host_retried const&) {}
    void append(events::host_lingers const&) {}
    void append(events::command_sent const& sent);
    void append(events::step_started const&) {}
    void append(events::step_done const& done);
    void append(events::output const&) {}
    void append(events::question_asked const&) {}
    void append(events::local_line const&) {}
    void append(events::preflight_ended const& preflight);
    void append(events::start_delayed const&) {}
    void append(events::batch_started const& batch);
    void append(events::soaking const& batch);
    void append(events::question_answered const& question);
    void append(events::batch_ended const& batch);
    void append(events::stopping const& stop);
    void append(events::host_ended const& ended);
    void append(events::run_ended const& run);

    std::optional<int> put();
    part_of_list part() const;

    writer& writer_;
    std::string name_;
    ledger_header header_;
    int descriptor_;
    writer::target target_;
    std::span<host_result const> hosts_;
    bool begun_ = false;  // the run's line is in the file: without it no other means anything
    std::string failure_;
    std::string line_;
};

}  // namespace muster::output
