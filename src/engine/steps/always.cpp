// SPDX-License-Identifier: MIT
// Runs each as a command of muster's own, and keeps the host's outcome apart from theirs.
#include "engine/steps/always.hpp"

#include <string>
#include <utility>
#include <variant>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include "engine/host/step_record.hpp"
#include "engine/host/talk.hpp"

namespace muster {

namespace {

struct step_end {
    final_state state = final_state::ok;
    std::string error = {};
};

/// Into `end`, unless it is cancelled.
asio::awaitable<void> run_to_end(host_place place, always_step const& last, step_end& end) {
    own_command const command{last.what, stage::always,
                              [place](output_piece const& piece, bool) { place.run.last_output(place.host, piece); }};
    try {
        auto const result = co_await run_own(place, command);
        end = {result.state, error_message(result)};
    } catch (step_failed const& error) {
        end = {error.state(), error.what()};
    }
}

/// Ends when a stop of the run has left the step the time of the grace, or was cut short.
asio::awaitable<void> wait_out_stop(host_place place) {
    co_await place.run.stopping().wait();
    auto const grace = place.options().grace;
    auto* const abort = place.run.args().abort;
    if (abort == nullptr) {
        co_await coro::sleep_for(grace);
    } else {
        auto cut_short = abort->wait();
        co_await coro::move_on_after(grace, std::move(cut_short));
    }
}

bool is_cut_short(host_place place) {
    auto* const abort = place.run.args().abort;
    return abort != nullptr && abort->is_set();
}

asio::awaitable<step_end> end_in_time(host_place place, always_step const& last) {
    remark const limit{remark_code::step_timeout, stage::always, place.options().grace};
    step_end end{final_state::timed_out, error_message({&limit, 1}, {})};
    auto patience = wait_out_stop(place);
    auto run = run_to_end(place, last, end);
    co_await coro::wait_any(std::move(patience), std::move(run));
    if (end.state == final_state::timed_out && is_cut_short(place)) end = {final_state::stopped, "was cut short"};
    co_return end;
}

void judge(host_result& host, step_end const& end) {
    if (end.state == final_state::ok || host.state != final_state::ok) return;
    host.state = end.state;
    host.stage = stage::always;
    host.error = end.error;
}

}  // namespace

asio::awaitable<void> run_at_end(host_place place) {
    for (auto const& each : place.run.args().job_of(place.host).steps) {
        auto const* const last = std::get_if<always_step>(&each);
        if (last == nullptr) continue;
        if (is_cut_short(place)) co_return;
        step_record record(place, stage::always);
        if (place.result().state == final_state::lost) {
            record.end(final_state::not_started, "did not run, as the connection was gone");
            continue;
        }
        place.run.step_started(place.host, stage::always);
        auto const stage = place.result().stage;
        auto const end = co_await end_in_time(place, *last);
        place.result().stage = stage;
        record.end(end.state, end.state == final_state::ok ? std::string() : end.error);
        judge(place.result(), end);
    }
}

}  // namespace muster
