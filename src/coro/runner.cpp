// SPDX-License-Identifier: MIT
// Driving one task to its end.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/detail/mistake.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/loop_watchdog.hpp>
#include <muster/coro/runner.hpp>

#include <functional>
#include <optional>
#include <utility>

#include "coro/endless_throws.hpp"

namespace muster::coro {

namespace {
// Marks the thread's call stack, as Asio marks it for dispatch: a runner inside of a runner would block its loop.
thread_local bool running_here = false;

/// Ends the program when a task of this context is cancelled and this thread does nothing but throw; what blocks the
/// loop otherwise may be what its owner wants.
std::function<void()> ends_what_swallows(asio::io_context& context) {
    auto& loop = detail::loop::of(context.get_executor());
    return [&loop, throws = detail::endless_throws()] {
        if (loop.cancelled_tasks > 0 && throws.go_on())
            detail::die_of_mistake(
                "the loop is blocked by a catch block that swallows the cancellation of its task and awaits again: "
                "rethrow what is_cancellation() recognises");
    };
}
}  // namespace

namespace detail {

void drive(asio::io_context& context, std::shared_ptr<task_state_base> main, function_ref step) {
    if (std::exchange(running_here, true)) throw invalid_state("a runner is called inside of a running loop");
    struct unmark {
        ~unmark() { running_here = false; }
    } const guard;

    auto const root = std::make_shared<scope_state>(context.get_executor(), on_error::keep_going);
    root->start(main, {});
    std::exception_ptr error;
    while (!main->done()) try {
            step();
        } catch (...) {
            if (error) break;  // not even its cancellation gets on
            error = std::current_exception();
            main->cancel();
        }
    if (error) std::rethrow_exception(error);
}

}  // namespace detail

runner::runner() = default;
runner::~runner() = default;

void runner::run_task(std::shared_ptr<detail::task_state_base> main) {
    auto step = [this] {
        if (context_.run_one() == 0) throw invalid_state("the loop was stopped before the coroutine had ended");
    };
    struct forget {
        std::shared_ptr<detail::task_state_base>& main;
        ~forget() { main.reset(); }
    } const guard{main_};
    std::optional<loop_watchdog> watchdog;
    if (detail::is_debugging())
        watchdog.emplace(context_.get_executor(), detail::longest_turn);
    else if (detail::watches_swallowed)
        watchdog.emplace(context_.get_executor(), detail::longest_turn, ends_what_swallows(context_));
    context_.restart();
    main_ = main;
    detail::drive(context_, main, step);
}

void runner::cancel() {
    if (main_) main_->cancel();
}

}  // namespace muster::coro
