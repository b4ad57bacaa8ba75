// SPDX-License-Identifier: MIT
// Events of a run as JSON Lines, as they happen.
#pragma once

#include <span>
#include <string>

#include <muster/sink.hpp>

#include "output/json/batch_json.hpp"
#include "output/json/result_json.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// What `--json=events` adds to `--json`: `run`, `host_started`, `command_sent`, `step_done`, `output` and `stopping`,
/// and those of batches, each with its time. Results and summary are json_sink's.
class json_event_sink final : public sink {
  public:
    /// `into` must live longer. `command` is what the user gave.
    json_event_sink(writer& into, writer::target to, std::string command, part_of_list part = {})
        : writer_(into), to_(to), command_(std::move(command)), part_(std::move(part)) {}

    flow tell(event const& event) override;

  private:
    void append(events::run_started const& run);
    void append(events::host_started const& started);
    void append(events::command_sent const& sent);
    void append(events::step_done const& done);
    void append(events::output const& output);
    void append(events::stopping const& stop);
    void append(events::batch_started const& batch) { append_event(line_, batch); }
    void append(events::soaking const& batch) { append_event(line_, batch); }
    void append(events::local_line const& line) { append_event(line_, line); }
    void append(events::question_answered const& question) { append_event(line_, question, hosts_); }
    void append(events::batch_ended const& batch) { append_event(line_, batch); }
    void append(events::preflight_ended const& preflight) { append_event(line_, preflight); }
    template <class Other>
    void append(Other const&) {}

    writer& writer_;
    writer::target to_;
    std::string command_;
    part_of_list part_;
    std::span<host_result const> hosts_;
    std::string line_;
};

}  // namespace muster::output
