// SPDX-License-Identifier: MIT
// The record of a run: which commands may have started and how each host ended, safe against a sudden end of muster.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <muster/error.hpp>
#include <muster/sink.hpp>

#include "output/writer.hpp"

namespace muster::output {

/// What a run's first line says of it.
struct ledger_header {
    std::string version;       ///< of the program
    std::string command;       ///< as given to the hosts
    std::string command_hash;  ///< by which a later run tells whether it has the same command
    bool resumed = false;      ///< it goes on with what the file tells of runs before it
};

/// The file can't be this run's ledger: another run writes it, or it holds something else.
struct ledger_refused : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// The open file of a ledger, locked against other runs as long as it lives.
class ledger_file {
  public:
    enum class opening { existing, existing_or_new };

    /// A new file gets mode 0600. Throws write_error when it can't be opened, and ledger_refused.
    explicit ledger_file(std::string path, opening how = opening::existing_or_new);
    ledger_file(ledger_file&& other) noexcept;
    ledger_file& operator=(ledger_file&&) = delete;
    ~ledger_file();

    std::string const& path() const noexcept { return path_; }
    /// "ledger PATH"
    std::string name() const { return "ledger " + path_; }
    int descriptor() const noexcept { return descriptor_; }
    /// The caller closes it.
    int release() noexcept;

  private:
    std::string path_;
    int descriptor_;
};

/// Appends JSON Lines to a file: `run` with all hosts, a `command_sent` for each host before its command goes out, a
/// `result` at its end (like that of `--json`, without output), `stopping`, `summary`. A line is in the file when
/// `tell` returns, so it outlives the process; that it is on disk is seen to by the writer's thread, a fifth of a
/// second later at most when that thread is not held up by a reader. Lines are always whole: what can't be written
/// completely is taken back.
class ledger final : public sink {
  public:
    /// A last line that a sudden end cut off is closed, and stays unreadable. Throws write_error. `into` must live
    /// longer; it closes the file.
    ledger(writer& into, ledger_file file, ledger_header header);

    /// Throws write_error, once; then what can be written still is.
    flow tell(event const& what) override;

    /// What `tell` has thrown, in words; empty: nothing.
    std::string const& failure() const noexcept { return failure_; }

  private:
    void append(events::run_started const& run);
    void append(events::host_started const&) {}
    void append(events::host_retried const&) {}
    void append(events::host_lingers const&) {}
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
    bool begun_ = false;  // the run's line is in the file: without it no other means anything
    std::string failure_;
    std::string line_;
};

}  // namespace muster::output
