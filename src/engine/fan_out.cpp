// SPDX-License-Identifier: MIT
// Does what the rollout answers, and ends early what has to.
#include "engine/fan_out.hpp"

#include <algorithm>
#include <variant>

#include <muster/coro/event.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/time.hpp>

#include "engine/rollout.hpp"
#include "engine/run_host.hpp"

namespace muster {

namespace {

/// Thrown when the limit on the run has passed: the nursery cancels the workers.
struct halted {};

/// What the workers share beside the run.
struct changes {
    coro::event any;   // a host has ended
    coro::event last;  // and it was the last one
};

/// A place for one host at a time.
asio::awaitable<void> worker(run_state& run, changes& told) {
    for (;;) {
        auto const next = run.plan().next();
        if (std::holds_alternative<rollout::done>(next)) co_return;
        if (auto const* const start = std::get_if<rollout::start>(&next)) {
            co_await run_host(run, start->host);
            run.halt_at(start->host);
            run.plan().ended(start->host, run.result(start->host));
            told.any.set();
            if (run.plan().over()) told.last.set();
        } else {
            told.any.reset();
            co_await told.any.wait();
        }
    }
}

asio::awaitable<void> total_limit(run_state& run) {
    co_await coro::sleep_for(run.given().how.total_timeout);
    run.stop(stop_cause::total);
    throw halted{};
}

/// Ends the run when an input can't be had to its end: no command shall take what it got for all there is.
asio::awaitable<void> watch_inputs(run_state& run) {
    co_await run.input_failed().wait();
    run.fault(std::make_exception_ptr(input_error(run.input_failure())));
}

/// Waits for the last host. When that is cut short and nobody has said why, the caller has cancelled the run.
asio::awaitable<void> all_done(run_state& run, changes& told) {
    try {
        if (!run.plan().over()) co_await told.last.wait();
    } catch (...) {
        run.stop(stop_cause::cancelled);
        throw;
    }
}

asio::awaitable<void> run_hosts(run_state& run) {
    auto const hosts = run.given().where.size();
    auto const fanout = run.given().how.fanout;
    changes told;
    co_await coro::open_nursery([&](coro::nursery& workers) -> asio::awaitable<void> {
        run.on_stop([&] { workers.cancel(); });
        if (run.given().how.total_timeout > std::chrono::nanoseconds(0)) workers.start(total_limit(run), coro::daemon);
        for (auto const& one : run.given().work.steps)
            if (auto const* const what = std::get_if<step>(&one); what != nullptr && what->input)
                run.watch(what->input);
        workers.start(watch_inputs(run), coro::daemon);
        for (std::size_t n = fanout == 0 ? hosts : std::min(fanout, hosts); n > 0; --n) {
            workers.start(worker(run, told), coro::daemon);
        }
        co_await all_done(run, told);
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

asio::awaitable<report> fan_out(run_arguments const& given) {
    run_state run(co_await asio::this_coro::executor, given);
    try {
        co_await run_hosts(run);
    } catch (...) {
        run.on_stop({});
        note_faults(run, std::current_exception());
    }
    run.on_stop({});
    co_return run.finish();
}

report cancelled_before_start(asio::any_io_executor const& loop, run_arguments const& given) {
    run_state run(loop, given);
    run.stop(stop_cause::cancelled);
    return run.finish();
}

}  // namespace muster
