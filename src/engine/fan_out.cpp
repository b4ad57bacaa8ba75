// SPDX-License-Identifier: MIT
// The nursery in which the hosts run, and what ends it early.
#include "engine/fan_out.hpp"

#include <optional>
#include <variant>

#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/time.hpp>
#include <muster/rollout_hooks.hpp>

#include "engine/coordinator.hpp"
#include "engine/preflight.hpp"

namespace muster {

namespace {

/// Thrown when the limit on the run has passed: the nursery cancels the hosts.
struct halted {};

/// Counts what a million hosts took to be made ready.
asio::awaitable<void> total_limit(run_state& run) {
    co_await coro::sleep_until(coro::time_after(run.begun(), run.args().options.total_timeout));
    run.stop(stop_cause::total);
    throw halted{};
}

/// Ends the run when an input can't be had to its end: no command shall take what it got for all there is.
asio::awaitable<void> watch_inputs(run_state& run) {
    co_await run.input_failed().wait();
    run.fault(std::make_exception_ptr(input_error(run.input_failure())));
}

void watch_commands(run_state& run) {
    for (auto const& job : run.args().jobs)
        for (auto const& job_step : job.steps)
            if (auto const* const command = std::get_if<step>(&job_step); command != nullptr && command->input)
                run.watch(command->input);
}

asio::awaitable<void> watch_outside(run_state& run, rollout_hooks const& hooks) {
    for (int asked = 0; asked < 2; ++asked) {  // after `soon` there may come a `now`
        auto watching = hooks.halt_outside();
        auto const when = co_await std::move(watching);
        run.halt_from_outside(when);
        if (when == halt_when::now) co_return;
    }
}

/// When it is cut short without a reason, the caller has cancelled the run.
asio::awaitable<void> start_hosts(run_state& run, coordinator& hosts) {
    try {
        if (run.args().options.rollout.preflight) co_await preflight(run);
        co_await hosts.run();
    } catch (...) {
        if (coro::is_cancellation(std::current_exception())) run.stop(stop_cause::cancelled);
        throw;
    }
}

asio::awaitable<void> run_hosts(run_state& run) {
    std::optional<coordinator> hosts;  // outlives the tasks of the hosts
    co_await coro::open_nursery([&](coro::nursery& tasks) -> asio::awaitable<void> {
        run.on_stop([&] { tasks.cancel(); });
        if (run.args().options.total_timeout > std::chrono::nanoseconds(0)) tasks.start(total_limit(run), coro::daemon);
        watch_commands(run);
        tasks.start(watch_inputs(run), coro::daemon);
        auto const& hooks = run.args().options.rollout.hooks;
        if (hooks && hooks->halt_outside) tasks.start(watch_outside(run, *hooks), coro::daemon);
        hosts.emplace(run, tasks);
        co_await start_hosts(run, *hosts);
    });
}

/// Keeps every error but the ones that say how the hosts were ended.
void note_faults(run_state& run, std::exception_ptr const& ended_by) {
    try {
        std::rethrow_exception(ended_by);
    } catch (coro::exception_group const& group) {
        for (auto const& rest : group.split<halted>([](halted const&) {})) run.fault(rest);
    } catch (asio::system_error const& error) {
        if (error.code() == asio::error::operation_aborted) {
            run.stop(stop_cause::cancelled);
        } else {
            run.fault(ended_by);
        }
    } catch (...) {
        run.fault(ended_by);
    }
}

}  // namespace

asio::awaitable<report> fan_out(run_arguments const& args) {
    run_state run(co_await asio::this_coro::executor, args);
    try {
        co_await run_hosts(run);
    } catch (...) {
        run.on_stop({});
        note_faults(run, std::current_exception());
    }
    run.on_stop({});
    run.end_open_batch();
    co_return run.finish();
}

report cancelled_before_start(asio::any_io_executor const& loop, run_arguments const& args) {
    run_state run(loop, args);
    run.stop(stop_cause::cancelled);
    return run.finish();
}

}  // namespace muster
