// SPDX-License-Identifier: MIT
// A handle on a coroutine that runs, or will run, by itself.
#pragma once

#include <muster/coro/awaitable.hpp>
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

/// A shared handle. A task is started by a nursery or one of the functions that make one (wait_all, ...), once, and
/// ends in exactly one of three states: *finished* with a result; *cancelled*, when it was asked to end and ended with
/// operation_aborted; *failed* with any other exception, or with an operation_aborted that nobody asked for. The handle
/// may outlive its nursery. Not thread-safe: use it on the task's loop.
template <class T = void>
class task {
  public:
    using value_type = T;

    /// A task that is not started yet. The name is shown where waiting tasks are listed.
    explicit task(awaitable<T> work, std::string name = {})
        : state_(std::make_shared<detail::task_state<T>>(std::move(work), std::move(name))) {}

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

    /// Waits for the end, however it ends. Cancelling the one that waits leaves the task alone.
    /// Throws invalid_state when a task would wait for itself, wrong_loop on another loop than the task's.
    [[nodiscard]] awaitable<void> join() const { return detail::join(state_); }

    /// Calls f() on the loop after the task has ended, never from inside of start() or of on_done() itself. A task that
    /// is never started calls nobody. What f throws leaves the loop's run(). After the end it works on an io_context
    /// only, whose executor a task may keep for ever; elsewhere it throws invalid_state.
    void on_done(std::function<void()> f) const { state_->on_done(std::move(f)); }

    std::string const& name() const noexcept { return state_->name(); }

    std::shared_ptr<detail::task_state<T>> const& state() const noexcept { return state_; }

  private:
    std::shared_ptr<detail::task_state<T>> state_;
};

namespace detail {

template <class A>
struct startable_traits : std::false_type {};
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

/// What the functions with several children take: a coroutine, or a task that was made by hand and is not started yet.
template <class A>
concept startable = detail::startable_traits<A>::value;

template <startable A>
using task_of = task<typename detail::startable_traits<A>::value_type>;

}  // namespace muster::coro
