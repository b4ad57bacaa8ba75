// SPDX-License-Identifier: MIT
// Opens a record at the end of the host's list, and closes it with what the step has left in the result.
#include "engine/host/step_record.hpp"

#include <algorithm>
#include <utility>

#include <muster/rollout_hooks.hpp>

namespace muster {

namespace {

/// The caller's hooks are steps, too. A job's coroutine has none that could be told apart.
bool has_several_steps(host_place const& place) {
    auto const steps = place.run.args().job_of(place.host).steps.size();
    auto const& hooks = place.options().rollout.hooks;
    bool const has_hook = hooks && (hooks->before || hooks->after);
    return steps > 1 || (steps == 1 && has_hook);
}

}  // namespace

step_record::step_record(host_place const& place, stage stage)
    : place_(place),
      begun_(place.run.now()),
      remarks_before_(place.result().remarks.size()),
      command_before_(place.result().command) {
    if (!has_several_steps(place)) return;
    auto& host = place.result();
    host.steps.edit().push_back({.stage = stage});
    if (stage != stage::command) return;
    host.command = command_fate::not_sent;
    host.status.reset();
    host.signal.clear();
}

step_result& step_record::own() const {
    return place_.result().steps.edit().back();
}

void step_record::end() {
    if (place_.result().steps.empty()) return;
    auto& host = place_.result();
    auto& step = own();
    if (step.stage == stage::command) {
        step.command = host.command;
        step.status = host.status;
        step.signal = host.signal;
        host.command = std::max(host.command, command_before_);
    }
    step.remarks.assign(host.remarks.begin() + static_cast<std::ptrdiff_t>(remarks_before_), host.remarks.end());
    bool const sent = step.command != command_fate::not_sent;
    bool const is_stop = host.state == final_state::stopped || host.state == final_state::not_started;
    auto const of_stop = sent ? final_state::stopped : final_state::not_started;
    end(is_stop ? of_stop : host.state, host.state == final_state::ok ? std::string() : *host.error);
}

void step_record::end(final_state state, std::string const& error) {
    if (place_.result().steps.empty()) return;
    own().state = state;
    own().error = error;
    own().duration = place_.run.now() - begun_;
}

void note_own_end(host_place const& place, host_result const& end) {
    auto& steps = place.result().steps;
    bool const is_only_step = steps.empty() && !place.run.args().job_of(place.host).body;
    if (is_only_step && end.command == command_fate::unknown) steps.edit().push_back({.stage = place.result().stage});
    if (steps.empty() || steps.back().stage == stage::command) return;
    auto& last = steps.edit().back();
    last.command = end.command;
    last.status = end.status;
    last.signal = end.signal;
}

void count(host_place const& place, std::string_view name, std::uint64_t value) {
    auto& steps = place.result().steps;
    if (!steps.empty()) steps.edit().back().counts.push_back({std::string(name), value});
}

bool has_sent(host_result const& result) {
    auto const sent = [](step_result const& step) {
        return step.stage == stage::command && step.command != command_fate::not_sent;
    };
    return result.command != command_fate::not_sent || std::ranges::any_of(result.steps, sent);
}

}  // namespace muster
