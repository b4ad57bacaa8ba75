// SPDX-License-Identifier: MIT
// From a host's turn to its final state: connect, one step after the other, and what came of it.
#include "engine/run_host.hpp"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>
#include <variant>

#include <asio/cancellation_state.hpp>

#include <muster/coro/errors.hpp>
#include <muster/coro/shield.hpp>
#include <muster/remote.hpp>
#include <muster/rollout_hooks.hpp>

#include "engine/host/connect_with_retries.hpp"
#include "engine/host/host_failure.hpp"
#include "engine/host/job_failure.hpp"
#include "engine/host/outcome.hpp"
#include "engine/host/running_command.hpp"
#include "engine/host/second_try.hpp"
#include "engine/host/step_record.hpp"
#include "engine/host/talk.hpp"
#include "engine/steps/always.hpp"
#include "engine/steps/check.hpp"
#include "engine/steps/command_step.hpp"
#include "engine/steps/pull.hpp"
#include "engine/steps/push.hpp"
#include "engine/steps/reboot.hpp"

namespace muster {

namespace {

/// Counts a session as long as it is open.
class session_count_guard {
  public:
    explicit session_count_guard(run_state& run) : run_(run) { run_.session_opened(); }
    ~session_count_guard() { run_.session_closed(); }
    session_count_guard(session_count_guard const&) = delete;
    session_count_guard& operator=(session_count_guard const&) = delete;

  private:
    run_state& run_;
};

// What a step of a job is, and what its end means for the host.

asio::awaitable<void> take(host_place place, step const& step) {
    return with_reboot(place, run_command(place, step, nullptr));
}

asio::awaitable<void> take(host_place place, script_step const& script) {
    return with_reboot(place, run_script(place, script));
}

asio::awaitable<void> take(host_place place, push_step const& step) {
    auto const done = co_await push(place, step);
    ++(done == push_outcome::same ? place.result().same : place.result().changed);
    count(place, done == push_outcome::same ? "same" : "changed", 1);
    place.result().stage = stage::push;
}

asio::awaitable<void> take(host_place place, check_step const& step) {
    co_await check(place, step);
}

asio::awaitable<void> take(host_place place, pull_step const& step) {
    co_await pull(place, step);
}

asio::awaitable<void> take(host_place /*place*/, always_step const& /*what*/) {
    co_return;  // at the end
}

constexpr stage stage_of(muster::step const&) {
    return stage::command;
}
constexpr stage stage_of(script_step const&) {
    return stage::command;
}
constexpr stage stage_of(push_step const&) {
    return stage::push;
}
constexpr stage stage_of(check_step const&) {
    return stage::check;
}
constexpr stage stage_of(pull_step const&) {
    return stage::pull;
}
constexpr stage stage_of(always_step const&) {
    return stage::always;
}

stage stage_of_any(job_step const& step) {
    return std::visit([](auto const& item) { return stage_of(item); }, step);
}

bool is_for_after(job_step const& step) {
    return !is_command(step) && !std::holds_alternative<push_step>(step);
}

/// What has begun is brought to its end: a host whose command was sent is checked, too.
bool may_go_on(host_place place, job_step const& next) {
    if (place.run.may_begin(place.host)) return true;
    return place.run.ends_soon() && is_for_after(next) && has_sent(place.result());
}

bool is_cancelled(asio::cancellation_state const& state) {
    return state.cancelled() != asio::cancellation_type::none;
}

[[noreturn]] void stop_between_steps(host_place place) {
    set_outcome(place.run, place.host, std::make_exception_ptr(run_is_stopping()), false);
    throw outcome_is_set{};
}

/// Its outcome is in the result, and in the record of the step, before anything else runs.
asio::awaitable<void> take_step(host_place place, job_step const& step) {
    auto const stage = stage_of_any(step);
    step_record record(place, stage);
    if (!is_command(step)) place.run.step_started(place.host, stage);
    auto taken = std::visit([&](auto const& what) { return take(place, what); }, step);
    std::exception_ptr cut_short;
    try {
        co_await std::move(taken);
    } catch (...) {
        cut_short = std::current_exception();
    }
    if (cut_short) {
        auto const cancellation = co_await asio::this_coro::cancellation_state;
        if (!is_command(step)) place.result().stage = stage;  // also between two tries of a check
        set_outcome(place.run, place.host, cut_short, is_cancelled(cancellation));
    }
    record.end();
    if (cut_short) throw outcome_is_set{};
}

/// The caller's hook for that stage; null: there is none.
rollout_hooks::host_hook const* hook_of(host_place const& place, stage stage) {
    auto const& hooks = place.options().rollout.hooks;
    if (!hooks) return nullptr;
    auto const& hook = stage == stage::before ? hooks->before : hooks->after;
    return hook ? &hook : nullptr;
}

/// In an earlier run, or try.
bool has_run_command(host_place place) {
    auto const& steps = place.run.args().job_of(place.host).steps;
    auto const first = place.run.first_step(place.host);
    return std::any_of(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(std::min(first, steps.size())),
                       is_command);
}

asio::awaitable<void> take_steps(host_place place) {
    place.result().state = final_state::ok;
    auto const& steps = place.run.args().job_of(place.host).steps;
    for (auto i = place.run.first_step(place.host); i < steps.size(); ++i) {
        if (std::holds_alternative<always_step>(steps[i])) continue;
        if (!may_go_on(place, steps[i])) stop_between_steps(place);
        co_await take_step(place, steps[i]);
        if (place.result().state != final_state::ok) break;
        bool const is_last = i + 1 == steps.size() && hook_of(place, stage::after) == nullptr;
        if (!is_last) place.run.step_done(place.host, stage_of_any(steps[i]));
    }
}

asio::awaitable<void> call_body(host_place place, job_body const& body) {
    remote host(place);
    std::exception_ptr thrown;
    try {
        co_await body(host);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) {
        auto const cancellation = co_await asio::this_coro::cancellation_state;
        std::rethrow_exception(end_by_job(thrown, stage::command, place.result(), is_cancelled(cancellation)));
    }
    place.result().state = final_state::ok;
}

asio::awaitable<void> do_work(host_place place) {
    auto const& body = place.run.args().job_of(place.host).body;
    return body ? call_body(place, *body) : take_steps(place);
}

/// The record is that of an answer that is yes, unless there is none: the hook was cut short.
asio::awaitable<verdict> answer_of(host_place place, rollout_hooks::host_hook const& hook, step_record& record) {
    auto const begun = place.run.now();
    auto asking = hook(place.endpoint());
    std::exception_ptr cut_short;
    verdict answer;
    try {
        answer = co_await std::move(asking);
    } catch (...) {
        cut_short = std::current_exception();
    }
    add_duration(place.result().stages.edit(), place.result().stage, place.run.now() - begun);
    record.end(cut_short ? final_state::stopped : final_state::ok, {});
    if (cut_short) std::rethrow_exception(cut_short);
    co_return answer;
}

/// False: the hook, which is there, said no, and the host has failed.
asio::awaitable<bool> ask_hook(host_place place, stage stage) {
    auto const* const hook = hook_of(place, stage);
    place.run.next_command(place.host);
    auto& result = place.result();
    step_record record(place, stage);
    place.run.step_started(place.host, stage);
    auto const last = std::exchange(result.stage, stage);
    auto asking = answer_of(place, *hook, record);
    auto const answer = co_await std::move(asking);
    if (answer.passed) {
        result.stage = last;
        if (stage == stage::before) {
            place.run.taken_out(place.host);
            place.run.step_done(place.host, stage);
        }
        co_return true;
    }
    result.state = final_state::failed;
    result.error = answer.reason.empty() ? "refused" : answer.reason;
    record.end();
    co_return false;
}

asio::awaitable<void> work_when_asked(host_place place) {
    if (place.run.cause() != stop_cause::none) stop_between_steps(place);
    bool const goes_on = place.run.first_step(place.host) > 0;
    if (goes_on && hook_of(place, stage::before) != nullptr) {
        place.run.taken_out(place.host);
    } else if (hook_of(place, stage::before) != nullptr) {
        bool const may_work = co_await ask_hook(place, stage::before);
        if (!may_work) co_return;
    }
    co_await do_work(place);
}

asio::awaitable<void> connect_and_run(run_state& run, std::size_t host) {
    auto connected = co_await connect_with_retries(run, host);
    session_count_guard const counted(run);
    host_place const place{run, host, connected};
    if (has_run_command(place)) run.result(host).command = command_fate::ended;
    auto const at_end = [&place] { return run_at_end(place); };  // no frame of it waits with the command
    co_await coro::finally(work_when_asked(place), at_end);
    bool const asks = place.result().state == final_state::ok && hook_of(place, stage::after) != nullptr;
    if (asks) co_await ask_hook(place, stage::after);
    run.ended(host);
    if (!run.halts()) co_await connected->close();  // no good-bye delays a stop
}

/// The rights that a step wants to have; null: those of the login.
struct wanted_rights {
    static sudo_terms const* of(std::optional<sudo_terms> const& terms) { return terms ? &*terms : nullptr; }

    sudo_terms const* operator()(muster::step const& one) const { return of(one.sudo); }
    sudo_terms const* operator()(script_step const& one) const { return of(one.with.sudo); }
    sudo_terms const* operator()(push_step const& one) const { return of(one.sudo); }
    sudo_terms const* operator()(check_step const& one) const { return of(one.what.sudo); }
    sudo_terms const* operator()(pull_step const& one) const { return of(one.sudo); }
    sudo_terms const* operator()(always_step const& one) const { return of(one.what.sudo); }
};

/// Asks sudo for what the first step with other rights will ask for.
asio::awaitable<void> try_rights(host_place place) {
    sudo_terms const* rights = nullptr;
    for (auto const& each : place.run.args().job_of(place.host).steps)
        if (rights == nullptr) rights = std::visit(wanted_rights(), each);
    if (rights == nullptr) co_return;
    muster::step nothing("true");
    nothing.sudo = *rights;
    nothing.tty = tty_request::no;
    own_command const one{nothing, stage::sudo, [](output_piece const&, bool) {}};
    auto const end = co_await run_own(place, one);
    if (end.state != final_state::ok) throw step_failed(final_state::auth, stage::sudo, error_message(end));
}

asio::awaitable<void> connect_and_close(run_state& run, std::size_t host) {
    auto connected = co_await connect_with_retries(run, host);
    session_count_guard const counted(run);
    host_place const place{run, host, connected};
    co_await try_rights(place);
    co_await connected->close();
}

/// Behind the end of a host comes its good-bye alone, which throws nothing but cancellation.
void note_bad_close(run_state& run, std::exception_ptr const& thrown) {
    if (!coro::is_cancellation(thrown)) run.fault(thrown);
}

/// What `life` throws is the host's outcome.
asio::awaitable<void> take_outcome(run_state& run, std::size_t host, asio::awaitable<void> life) {
    std::exception_ptr cut_short;
    try {
        co_await std::move(life);
        co_return;
    } catch (...) {
        cut_short = std::current_exception();
    }
    if (run.has_ended(host)) co_return note_bad_close(run, cut_short);
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    set_outcome(run, host, cut_short, is_cancelled(cancellation));
    run.ended(host);
}

}  // namespace

asio::awaitable<void> run_host(run_state& run, std::size_t host) {
    run.started(host);
    co_await take_outcome(run, host, connect_and_run(run, host));
}

asio::awaitable<bool> can_connect(run_state& run, std::size_t host) {
    run.begins(host);
    run.plan().leave_out(host);  // until it is known to be there
    co_await take_outcome(run, host, connect_and_close(run, host));
    if (run.has_ended(host)) co_return false;
    run.plan().take_in(host);
    co_return true;
}

}  // namespace muster
