// SPDX-License-Identifier: MIT
// What the user sees of a run: the sinks that the options ask for, on the program's two streams.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <muster/sink.hpp>

#include "cli/options/arguments.hpp"
#include "cli/process/stop_file.hpp"
#include "output/record/ledger_sink.hpp"
#include "output/screen/progress_sink.hpp"
#include "output/terminal/writer.hpp"
#include "output/views/failure_sink.hpp"
#include "output/views/stats_sink.hpp"
#include "output/views/summary_sink.hpp"
#include "output/views/tee_sink.hpp"

namespace muster::cli {

/// How writing went.
enum class write_outcome {
    complete,
    reader_gone,  ///< standard output was closed (`| head`): a quiet end
    failed,       ///< something is missing; it was said
};

/// Where a run is recorded, and what its first line says.
struct run_record {
    ledger::file file;
    output::ledger_header header;
};

class display {
  public:
    /// `record` is where the run is recorded, if it is. Throws write_error for it.
    display(arguments const& args, std::optional<run_record> record);

    muster::sink& sink() { return all_; }
    /// Tells it what the others are told, after them.
    void also_tell(muster::sink& sink) { all_.add(sink); }
    /// This run was stopped by failures, and has told the others so.
    bool made_stop_file() const noexcept { return stop_file_ && stop_file_->made(); }
    /// A line "muster: ..." on standard error.
    void note(std::string_view text);
    /// A peer's text, each of its lines as a note behind `label`.
    void note_lines(std::string_view label, std::string_view text);
    /// Writes what there is and keeps the status line away while the user is asked something on the terminal.
    void hold_status(bool away);
    /// A view could not write what it had to: close() says so, as of what the writer could not write.
    void lost(std::string failure) { lost_ = std::move(failure); }
    /// What to call, on another thread, as soon as something could not be written.
    void on_failure(std::function<void()> call) { writer_.on_failure(std::move(call)); }
    void who_runs();
    /// Shows the failures so far.
    void failures();
    /// Progress is a block on the terminal.
    bool pins() const { return progress_ && pinned_; }
    /// The terminal has room for the block, and shows it.
    bool is_pinned_now() const { return progress_ && progress_->is_shown(); }
    /// Has the block say what keys do; nothing when empty.
    void name_keys(std::string_view keys);
    bool names_keys() const { return progress_ && progress_->shows_hint(); }

    /// What answers which keys cut a stop short, for the line that tells of a stop.
    void on_stop(std::function<std::string_view()> keys) { summary_.on_stop(std::move(keys)); }

    /// What makes hints of the results, which stand in front of the last words.
    void on_end(std::function<std::vector<std::string>(report const&)> hints) { summary_.on_end(std::move(hints)); }

    /// Counts the failures that were not named, where that is due.
    void note_failures();

    /// What waits to be written is getting less.
    bool is_being_read() const { return !writer_.slow_target(std::chrono::seconds(1)); }

    /// Says what is waited for when it has taken nothing for 5 s, once until it takes something again.
    void note_slow_reader();

    /// Writes what is left, and says so where that takes long. A reader that does not read is given up
    /// after that time; `patience` is asked for it every tenth of a second.
    using patience = std::function<std::optional<std::chrono::nanoseconds>()>;
    write_outcome close(patience const& left);

  private:
    bool reader_gone() const;
    bool drained(patience const& left);

    output::writer writer_;
    output::writer::target out_;
    output::writer::target err_;
    std::optional<output::ledger_sink> ledger_;
    output::summary_sink summary_;
    std::optional<stop_file_sink> stop_file_;
    std::vector<std::unique_ptr<muster::sink>> views_;
    std::optional<output::failure_sink> failures_;
    std::optional<output::stats_sink> stats_;
    std::optional<output::progress_sink> progress_;
    bool pinned_;
    bool quiet_;
    bool slow_reader_noted_ = false;
    std::string lost_;
    output::tee_sink all_;
};

}  // namespace muster::cli
