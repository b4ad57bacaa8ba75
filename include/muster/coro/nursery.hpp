// SPDX-License-Identifier: MIT
// A scope that takes new tasks while it is open and ends after all of them.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/task.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

namespace muster::coro {

class nursery;

/// Runs body(nursery&) and every child started in it, and returns when all have ended. Throws exception_group with all
/// errors (with keep_going: the body's and those nobody has read); without errors, operation_aborted if the calling
/// task was cancelled. An error of the body always cancels the children. The body may capture by reference: it is kept
/// until the end.
template <class Body>
[[nodiscard]] awaitable<void> open_nursery(Body body, on_error policy = on_error::cancel_siblings);

/// Made by open_nursery only, which returns when the body and every child have ended.
///  * Children may be started at any time while it is open: by the body, by children, by grandchildren.
///  * A child that fails cancels the others and the body (cancel_siblings); every error comes out in one
///  exception_group.
///  * Cancelling the task that opened it cancels everything in it, waits for all ends, and then counts as cancelled.
///  * `daemon` children are cancelled when nobody else is left; an ended `close_on_finish` child cancels the others.
///  * Nothing in it outlives it. It keeps nothing of a child that has ended, but an error that nobody has read.
class nursery {
  public:
    nursery(nursery const&) = delete;
    nursery& operator=(nursery const&) = delete;

    /// Starts a coroutine as a child and returns at its first suspension (it may be done by then). While the nursery is
    /// being cancelled the child is not started: its task is already cancelled. Throws invalid_state after the close,
    /// wrong_loop when called from outside of the loop.
    template <class T>
    task<T> start(awaitable<T> work, child flags = {}, std::string name = {}) {
        return start(task<T>(std::move(work), std::move(name)), flags);
    }

    /// The same with a task made before; throws invalid_state if it was started already.
    template <class T>
    task<T> start(task<T> unstarted, child flags = {}) {
        state_.require_loop();
        state_.start(unstarted.state(), flags);
        return unstarted;
    }

    /// Cancels the body and all children; repeated calls change nothing.
    void cancel() { state_.cancel(); }

    /// Children are being cancelled: by cancel(), an error, the opener's cancellation, or since only daemons are left.
    bool cancelled() const noexcept { return state_.stopping(); }

    /// The number of children that run, without the body.
    std::size_t size() const noexcept { return state_.size(); }

    executor const& get_executor() const noexcept { return state_.get_executor(); }

  private:
    explicit nursery(detail::scope_state& state) : state_(state) {}

    template <class Body>
    friend awaitable<void> open_nursery(Body body, on_error policy);

    detail::scope_state& state_;
};

template <class Body>
awaitable<void> open_nursery(Body body, on_error policy) {
    static_assert(std::same_as<decltype(body(std::declval<nursery&>())), awaitable<void>>,
                  "the body of a nursery is a coroutine awaitable<void>(nursery&)");
    auto const ex = co_await this_coro::executor;
    detail::scope scope(ex, policy);
    nursery opened(scope.state());
    auto start = [&] {
        auto work = std::make_shared<detail::task_state<void>>(body(opened), "body");
        scope.state().start(work, {}, true);
    };
    co_await scope.run(start);
    scope.throw_group();
}

}  // namespace muster::coro
