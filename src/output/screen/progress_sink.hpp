// SPDX-License-Identifier: MIT
// How far a run is: pinned below the output on a terminal, a line a minute elsewhere.
#pragma once

#include <chrono>
#include <memory>

#include <muster/sink.hpp>

#include "output/screen/screen_shapes.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// How progress is shown.
struct progress_look {
    bool pinned = true;  ///< lines that are drawn over; else a line now and then, for a log
    screen_style style = {};
    std::chrono::nanoseconds first = std::chrono::seconds(30);  ///< the line's first time, and how often then
    std::chrono::nanoseconds period = std::chrono::minutes(1);
};

/// What it shows is composed on the writer's thread, of a state that both threads reach under a lock.
class progress_sink final : public sink {
  public:
    /// `into` must live longer.
    progress_sink(writer& into, writer::target to, progress_look look);
    ~progress_sink() override;

    flow tell(event const& event) override;

    /// Takes the lines away, until they are given back: another program uses the terminal.
    void hold(bool away);
    /// What keys do, at the end of the last line.
    void hint(std::string text);
    /// The lines are on the terminal, and the hint with them.
    bool is_shown() const;
    bool shows_hint() const;
    /// Who runs, since when, and the unfinished line where a host waits; the longest first.
    std::string who_runs() const;
    /// The failures so far, one line for each cause.
    std::string failures() const;

  private:
    struct shared_state;

    void show();

    writer& writer_;
    writer::target to_;
    progress_look look_;
    std::shared_ptr<shared_state> state_;
    bool held_ = false;
    bool over_ = true;
};

}  // namespace muster::output
