// SPDX-License-Identifier: MIT
// Several children at once: all of them, the first of them, or one in the background of another.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/task.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace muster::coro {

namespace detail {

struct start_of {
    start_of(std::shared_ptr<task_state_base> to_start, child child) : task(std::move(to_start)), flags(child) {}
    std::shared_ptr<task_state_base> task;
    child flags;
};

enum class failures { thrown, returned };

/// Starts the children in order, at most `at_once` at a time (0: all), and waits for all. An exception_group is thrown,
/// or the errors stay in the tasks.
awaitable<void> run_children(std::vector<start_of> children, failures mode, std::size_t at_once = 0);

template <class... A>
std::vector<start_of> starts_of(std::tuple<task<A>...> const& tasks, child flags) {
    std::vector<start_of> starts;
    starts.reserve(sizeof...(A));
    std::apply([&](auto const&... t) { (starts.emplace_back(t.state(), flags), ...); }, tasks);
    return starts;
}

template <class T>
std::vector<start_of> starts_of(std::vector<task<T>> const& tasks, child flags) {
    std::vector<start_of> starts;
    starts.reserve(tasks.size());
    for (auto const& t : tasks) starts.emplace_back(t.state(), flags);
    return starts;
}

template <class A>
std::vector<task_of<A>> make_tasks(std::vector<A>& works) {
    std::vector<task_of<A>> tasks;
    tasks.reserve(works.size());
    for (auto& work : works) tasks.push_back(make_task(std::move(work)));
    return tasks;
}

template <class Tasks>
awaitable<Tasks> run_tasks(Tasks tasks, child flags, failures mode, std::size_t at_once = 0) {
    auto starts = starts_of(tasks, flags);
    co_await run_children(std::move(starts), mode, at_once);
    co_return tasks;
}

template <startable... A>
std::tuple<task_of<A>...> tasks_from(A&&... works) {
    return std::tuple<task_of<A>...>(make_task(std::forward<A>(works))...);
}

}  // namespace detail

/// Runs all to their end. The first error cancels the others; all errors come out in one exception_group. When the
/// caller is cancelled, all are cancelled and operation_aborted is thrown. Of none: returns at once. Takes coroutines,
/// tasks that are not started, and callables, which it keeps.
template <startable... A>
[[nodiscard]] awaitable<std::tuple<task_of<A>...>> wait_all(A&&... works) {
    return detail::run_tasks(detail::tasks_from(std::forward<A>(works)...), child(), detail::failures::thrown);
}

/// The same with at most `at_once` running at a time; 0: all. After an error or a cancellation the rest never starts.
template <startable A>
[[nodiscard]] awaitable<std::vector<task_of<A>>> wait_all(std::vector<A> works, std::size_t at_once = 0) {
    return detail::run_tasks(detail::make_tasks(works), child(), detail::failures::thrown, at_once);
}

/// The first that finishes cancels the others; returns when all have ended. More than one may have finished, and none
/// when each was cancelled by other hands. A child that comes after one which finished inside its start is not started.
/// Errors and cancellation as with wait_all. Of none: returns at once.
template <startable... A>
[[nodiscard]] awaitable<std::tuple<task_of<A>...>> wait_any(A&&... works) {
    return detail::run_tasks(detail::tasks_from(std::forward<A>(works)...), close_on_finish, detail::failures::thrown);
}

template <startable A>
[[nodiscard]] awaitable<std::vector<task_of<A>>> wait_any(std::vector<A> works) {
    return detail::run_tasks(detail::make_tasks(works), close_on_finish, detail::failures::thrown);
}

/// Runs all to their end, at most `at_once` at a time (0: all); an error cancels no other and is a value: read it from
/// its task.
template <startable A>
[[nodiscard]] awaitable<std::vector<task_of<A>>> gather(std::vector<A> works, std::size_t at_once = 0) {
    return detail::run_tasks(detail::make_tasks(works), child(), detail::failures::returned, at_once);
}

template <startable... A>
[[nodiscard]] awaitable<std::tuple<task_of<A>...>> gather(A&&... works) {
    return detail::run_tasks(detail::tasks_from(std::forward<A>(works)...), child(), detail::failures::returned);
}

namespace detail {
template <class A, class B>
awaitable<std::pair<task<A>, task<B>>> run_beside(task<A> background, task<B> body) {
    std::vector<start_of> starts;
    starts.emplace_back(background.state(), daemon);
    starts.emplace_back(body.state(), child());
    co_await run_children(std::move(starts), failures::thrown);
    co_return std::pair<task<A>, task<B>>(std::move(background), std::move(body));
}
}  // namespace detail

/// Runs `background` beside `body`; it is cancelled when the body has ended, and may end before. Errors of both count.
/// With the arguments swapped the body lasts as long as the other (asyncgui's run_as_main).
template <startable A, startable B>
[[nodiscard]] awaitable<std::pair<task_of<A>, task_of<B>>> run_as_daemon(A&& background, B&& body) {
    return detail::run_beside(detail::make_task(std::forward<A>(background)), detail::make_task(std::forward<B>(body)));
}

namespace detail {
template <class F, class Task>
concept told_of = std::invocable < std::decay_t<F>
&, Task const& > ;

/// Runs the children and calls told(index) for each that has ended.
awaitable<void> run_telling(std::vector<start_of> children, std::size_t at_once, std::function<void(std::size_t)> told);

template <class T, class F>
awaitable<void> run_and_tell(std::vector<task<T>> tasks, F on_each, std::size_t at_once) {
    auto starts = starts_of(tasks, child());
    std::function<void(std::size_t)> const told = [&](std::size_t index) { on_each(std::as_const(tasks[index])); };
    co_await run_telling(std::move(starts), at_once, told);
}
}  // namespace detail

/// When wait() returns.
enum class return_when { first_completed, first_exception, all_completed };

template <class T>
struct wait_result {
    std::vector<task<T>> done;  ///< in the order of the argument
    std::vector<task<T>> pending;
};

namespace detail {
awaitable<void> wait_for(std::vector<std::shared_ptr<task_state_base>> tasks, return_when when);
}

/// Waits for tasks that run elsewhere, and cancels none, also when the caller is cancelled. first_exception returns as
/// soon as one has failed. An error that is not read from its task afterwards comes out of the nursery it runs in.
template <class T>
[[nodiscard]] awaitable<wait_result<T>> wait(std::vector<task<T>> tasks,
                                             return_when when = return_when::all_completed) {
    std::vector<std::shared_ptr<detail::task_state_base>> states;
    states.reserve(tasks.size());
    for (auto const& t : tasks) states.push_back(t.state());
    co_await detail::wait_for(std::move(states), when);
    wait_result<T> result;
    for (auto& t : tasks) {
        auto& side = t.done() ? result.done : result.pending;
        side.push_back(std::move(t));
    }
    co_return result;
}

/// Runs all to their end, at most `at_once` at a time (0: all), and calls on_each(task) for each as it ends, in the
/// order of the ends. An error cancels no other and is a value; those that on_each doesn't read from their tasks come
/// out in an exception_group at the end. An exception of on_each cancels what still runs and comes out likewise.
template <startable A, class F>
requires detail::told_of<F, task_of<A>>
[[nodiscard]] awaitable<void> as_completed(std::vector<A> works, F&& on_each, std::size_t at_once = 0) {
    detail::require_passed_safely<F>();
    return detail::run_and_tell(detail::make_tasks(works), std::decay_t<F>(std::forward<F>(on_each)), at_once);
}

}  // namespace muster::coro
