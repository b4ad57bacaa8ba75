// SPDX-License-Identifier: MIT
// A handle on a coroutine that runs, or will run, by itself.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/detail/task_state.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace muster::coro {

namespace detail {
template <class T>
struct result_of {
    using type = T&;
};
template <>
struct result_of<void> {
    using type = void;
};
template <class T>
struct result_of<std::reference_wrapper<T>> {
    using type = T&;
};
}  // namespace detail

namespace detail {
template <class T>
awaitable<T> join_and_copy(std::shared_ptr<task_state<T>> state) {
    co_await join(state);
    state->require_finished();
    if constexpr (!std::is_void_v<T>) co_return state->value();
}
}  // namespace detail

/// A shared handle. A task is started by a nursery or one of the functions that make one (wait_all, ...), once, and
/// ends in exactly one of three states: *finished* with a result; *cancelled*, when it was asked to end and ended with
/// operation_aborted; *failed* with any other exception, or with an operation_aborted without a cancellation. The
/// handle may outlive its nursery. Not thread-safe: use it on the task's loop.
template <class T = void>
class task {
  public:
    using value_type = T;

    /// A task that is not started yet. The name is shown where waiting tasks are listed.
    explicit task(awaitable<T> work, std::string name = {})
        : state_(std::make_shared<detail::task_state<T>>(std::move(work), std::move(name))) {}

    /// The same for the coroutine f(args...), which is kept with its arguments.
    template <class F, class... Args>
    requires(coroutine_function<F, Args...>&& std::same_as<result_of_call<F, Args...>, T>) explicit task(F&& f,
                                                                                                         Args&&... args)
        : task(detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...)) {}

    bool done() const noexcept { return state_->done(); }
    bool finished() const noexcept { return state_->state() == detail::status::finished; }
    bool cancelled() const noexcept { return state_->state() == detail::status::cancelled; }
    bool failed() const noexcept { return state_->state() == detail::status::failed; }

    /// The result, which stays in the task (move from it to take it); T& for a std::reference_wrapper<T>.
    /// Throws invalid_state before the end, operation_aborted if cancelled, the task's exception if failed.
    typename detail::result_of<T>::type result() const {
        state_->require_finished();
        if constexpr (!std::is_void_v<T>) return state_->value();
    }

    /// The exception of a failed task, which counts as read from now on; null if finished or cancelled.
    /// Throws invalid_state before the end.
    std::exception_ptr exception() const { return state_->read_error(); }

    /// Asks the task to end: each of its waits throws operation_aborted from now on. Repeated calls change nothing, nor
    /// does a call after the end. A task that was not started is cancelled at once.
    void cancel() const { state_->cancel(); }

    /// Waits for the end, however it ends. Cancelling the one that waits leaves the task alone. Throws invalid_state
    /// for a task that is not started, or when a task would wait for itself, wrong_loop on another loop than the
    /// task's.
    [[nodiscard]] awaitable<void> join() const { return detail::join(state_); }

    /// Waits as join() does, then returns a copy of the result or throws as result() does (Python's `await task`).
    [[nodiscard]] awaitable<T> get() const requires std::is_void_v<T> || std::copy_constructible<T> {
        return detail::join_and_copy(state_);
    }

    /// Calls f() on the loop after the task has ended, never from inside of start() or of on_done() itself, and
    /// not if the task is never started. What f throws leaves the loop's run(). After the end it works on an io_context
    /// only, whose executor a task may keep for ever; elsewhere it throws invalid_state.
    void on_done(std::function<void()> f) const { state_->on_done(std::move(f)); }

    std::string const& name() const noexcept { return state_->name(); }

    std::shared_ptr<detail::task_state<T>> const& state() const noexcept { return state_; }

  private:
    std::shared_ptr<detail::task_state<T>> state_;
};

template <class F, class... Args>
requires coroutine_function<F, Args...> task(F&&, Args&&...)
->task<result_of_call<F, Args...>>;

namespace detail {

template <class A>
struct startable_traits : std::false_type {};
template <class F>
requires coroutine_function<F>
struct startable_traits<F> : std::true_type {
    using value_type = result_of_call<F>;
    static task<value_type> make(F f) { return task<value_type>(kept_call(std::move(f))); }
};
template <class T>
struct startable_traits<awaitable<T>> : std::true_type {
    using value_type = T;
    static task<T> make(awaitable<T>&& work) { return task<T>(std::move(work)); }
};
template <class T>
struct startable_traits<task<T>> : std::true_type {
    using value_type = T;
    static task<T> make(task<T> unstarted) { return unstarted; }
};

}  // namespace detail

/// What the functions with several children take: a coroutine, a callable that returns one, or a task that was made by
/// hand and is not started yet.
template <class A>
concept startable = detail::startable_traits<std::remove_cvref_t<A>>::value;

template <startable A>
using task_of = task<typename detail::startable_traits<std::remove_cvref_t<A>>::value_type>;

namespace detail {
template <startable A>
task_of<A> make_task(A&& work) {
    require_passed_safely<A>();
    return startable_traits<std::remove_cvref_t<A>>::make(std::forward<A>(work));
}
}  // namespace detail

}  // namespace muster::coro
