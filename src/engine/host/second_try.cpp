// SPDX-License-Identifier: MIT
// Compares both tries.
#include "engine/host/second_try.hpp"

#include <algorithm>
#include <tuple>
#include <variant>

namespace muster {

namespace {

std::size_t step_to_begin_at(host_result const& first_try, job const& job, std::size_t first_step) {
    if (!is_cut_short(first_try.state, first_try.stage)) return 0;
    bool const has_done_command = std::ranges::any_of(first_try.steps, [](step_result const& step) {
        return step.stage == stage::command && step.state == final_state::ok;
    });
    if (!has_done_command) return first_step;
    auto const command = std::ranges::find_if(job.steps, is_command);
    return static_cast<std::size_t>(command - job.steps.begin()) + 1;
}

auto all_but_name(host_result& of) {
    auto& [host, address, user, via, port, truncated, command, stage, state, attempts, repeats, status, signal, error,
           remarks, cause, stop, changed, same, steps, stages, out, err, started, duration, key_exchange] = of;
    return std::tie(address, user, via, port, truncated, command, stage, state, attempts, repeats, status, signal,
                    error, remarks, cause, stop, changed, same, steps, stages, out, err, started, duration,
                    key_exchange);
}

}  // namespace

void swap_all_but_name(host_result& one, host_result& other) {
    auto mine = all_but_name(one);
    auto its = all_but_name(other);
    mine.swap(its);
}

second_try::second_try(host_result first_try, job const& job, std::size_t first_step)
    : first_try_(std::move(first_try)), first_step_(step_to_begin_at(first_try_, job, first_step)) {}

void second_try::complete(host_result& result) {
    if (result.state == final_state::not_started)
        swap_all_but_name(result, first_try_);
    else
        result.command = std::max(result.command, first_try_.command);
}

bool is_command(job_step const& step) noexcept {
    return std::holds_alternative<muster::step>(step) || std::holds_alternative<script_step>(step);
}

}  // namespace muster
