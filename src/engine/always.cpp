// SPDX-License-Identifier: MIT
// Runs each as a command of muster's own, and keeps the host's outcome apart from theirs.
#include "engine/always.hpp"

#include <string>
#include <variant>

#include <muster/coro/timeout.hpp>

#include "engine/step_record.hpp"
#include "engine/talk.hpp"

namespace muster {

namespace {

struct step_end {
    final_state state = final_state::ok;
    std::string error = {};
};

asio::awaitable<step_end> end_of(host_place place, always_step const& last) {
    own_command const one{last.what, stage::always,
                          [place](output_piece const& piece, bool) { place.run.last_output(place.host, piece); }};
    try {
        auto const end = co_await run_own(place, one);
        co_return step_end{end.state, error_message(end)};
    } catch (step_failed const& error) {
        co_return step_end{error.state(), error.what()};
    }
}

asio::awaitable<step_end> end_in_time(host_place place, always_step const& last) {
    if (place.run.cause() == stop_cause::none) co_return co_await end_of(place, last);
    try {
        co_return co_await coro::with_timeout(place.options().grace, end_of(place, last));
    } catch (coro::timed_out const&) {
        remark const limit{remark_code::step_timeout, stage::always, place.options().grace};
        co_return step_end{final_state::timed_out, error_message({&limit, 1}, {})};
    }
}

void judge(host_result& host, step_end const& end) {
    if (end.state == final_state::ok || host.state != final_state::ok) return;
    host.state = end.state;
    host.at = stage::always;
    host.error = end.error;
}

}  // namespace

asio::awaitable<void> run_at_end(host_place place) {
    if (place.result().state == final_state::lost) co_return;
    for (auto const& each : place.run.args().job_of(place.host).steps) {
        auto const* const last = std::get_if<always_step>(&each);
        if (last == nullptr) continue;
        step_record record(place, stage::always);
        auto const at = place.result().at;
        auto const end = co_await end_in_time(place, *last);
        place.result().at = at;
        record.end(end.state, end.state == final_state::ok ? std::string() : end.error);
        judge(place.result(), end);
    }
}

}  // namespace muster
