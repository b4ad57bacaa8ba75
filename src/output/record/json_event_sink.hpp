// SPDX-License-Identifier: MIT
// Events of a run as JSON Lines, as they happen.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <muster/sink.hpp>

#include "output/json/batch_json.hpp"
#include "output/json/result_json.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

/// What a run's first line says of it.
struct event_header {
    std::string command;  ///< what the user gave
    std::string transport = {};
    std::vector<std::string> options = {};           ///< that make it what it is, "--name=value"
    std::vector<std::string> script_arguments = {};  ///< of --script, which `command` shows as one line
    bool reads_input = false;                        ///< the commands read our standard input, which is not kept
    std::string ledger = {};                         ///< its path, for --resume; empty: none
    part_of_list part = {};
};

/// What `--json=events` adds to `--json`: `run`, `host_started`, `command_sent`, `step_done`, `output` and `stopping`,
/// and those of batches, each with its time. Results and summary are json_sink's.
class json_event_sink final : public sink {
  public:
    /// `into` must live longer.
    json_event_sink(writer& into, writer::target to, event_header header)
        : writer_(into), to_(to), header_(std::move(header)) {}

    flow tell(event const& event) override;

  private:
    void append(events::run_started const& run);
    void append(events::host_started const& started);
    void append(events::command_sent const& sent);
    void append(events::step_done const& done);
    void append(events::output const& output);
    void append(events::stopping const& stop) { append_event(line_, stop, hosts_, header_.part); }
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
    event_header header_;
    std::span<host_result const> hosts_;
    std::string line_;
};

}  // namespace muster::output
