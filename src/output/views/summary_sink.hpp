// SPDX-License-Identifier: MIT
// What is told about a run besides its output: stops at once, errors and counts at the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <muster/sink.hpp>

#include "output/screen/rollout_course.hpp"
#include "output/terminal/writer.hpp"
#include "output/views/run_end.hpp"
#include "output/words/last_lines.hpp"

namespace muster::output {

/// How much is told.
enum class verbosity {
    quiet,    ///< errors at the end, and commands that may still run
    normal,   ///< also stops, counts and how to run the rest
    verbose,  ///< also each host's steps
};

/// What a summary_sink tells.
struct summary_extent {
    verbosity how_much = verbosity::normal;
    std::size_t tail = 0;  ///< of the host that caused a stop, so many of its last lines of output
    bool connects = true;  ///< this process connects and logs in; else a program of this machine for each host
    end_look look = {};
    std::string files = {};  ///< the folder with the hosts' output
    rerun again = {};
};

/// Writes lines "muster: ..." for people. The same error on many hosts is one line with the folded set of hosts.
class summary_sink final : public sink {
  public:
    /// Both must live longer. `data` is where the output goes: when its reader went away (EPIPE), nothing is told but
    /// which commands may still run.
    summary_sink(writer& into, writer::target to, writer::target data, summary_extent told = {});

    flow tell(event const& event) override;

    /// What answers which keys cut a stop short: "Ctrl-C again".
    void on_stop(std::function<std::string_view()> keys) { keys_to_abort_ = std::move(keys); }

    /// What makes hints of the results, which are told in front of the end's table.
    void on_end(std::function<std::vector<std::string>(report const&)> hints) { hints_ = std::move(hints); }

    /// Writes who is running, in which step and since when.
    void who_runs();

  private:
    using steady = std::chrono::steady_clock;

    enum class step : unsigned char { waiting, connecting, running, at_stage, ended };

    struct progress {
        step at = step::waiting;
        stage where = stage::none;  // at_stage
        steady::time_point since;
    };

    void handle(events::run_started const& run);
    void handle(events::host_started const& started);
    void handle(events::host_retried const& failed);
    void handle(events::command_sent const& sent);
    void handle(events::step_started const& started);
    void handle(events::step_done const&) {}
    void handle(events::output const& piece);
    void handle(events::host_lingers const& lingers);
    void handle(events::stopping const& stop);
    void handle(events::start_delayed const&) {}
    void handle(events::batch_started const& batch);
    void handle(events::soaking const& batch);
    void handle(events::question_asked const&) {}
    void handle(events::local_line const& line);
    void handle(events::question_answered const& question);
    void handle(events::batch_ended const& batch);
    void handle(events::preflight_ended const& preflight);
    void say_unless_quiet(std::string const& text);
    void handle(events::host_ended const& ended);
    void handle(events::run_ended const& run);

    void move(std::size_t index, step to);
    void tell_culprit(std::size_t index);
    void forget_tail(events::host_ended const& ended);
    void tell_end(report const& results);
    void tell_old_exchanges(report const& results);
    void say(std::string_view text);
    bool reader_left() const;

    writer& writer_;
    writer::target to_;
    writer::target data_;
    verbosity how_much_;
    std::size_t tail_;
    summary_extent extent_;
    std::function<std::string_view()> keys_to_abort_;
    std::function<std::vector<std::string>(report const&)> hints_;
    std::span<host_result const> hosts_;
    bool has_refused_ = false;  // a gate or an approval: that said why the run stops
    rollout_course rollout_;
    std::vector<progress> steps_;
    std::vector<std::unique_ptr<last_lines>> tails_;  // of hosts that run or may be the culprit; empty: none are kept
    std::deque<std::size_t> failed_;                  // those that have ended and whose tails are kept
    std::optional<std::size_t> awaited_culprit_;      // named as soon as its result is there
    std::optional<std::size_t> told_culprit_;
    std::vector<std::string> culprit_lines_;
    std::size_t lines_since_ = 0;  // that was told
    std::string block_;            // what one event adds
};

}  // namespace muster::output
