// SPDX-License-Identifier: MIT
// Several children at once: all of them, the first of them, or one in the background of another.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/task.hpp>

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace muster::coro {

namespace detail {

struct start_of {
    start_of(std::shared_ptr<task_state_base> task, child flags) : task(std::move(task)), flags(flags) {}
    std::shared_ptr<task_state_base> task;
    child flags;
};

enum class failures { thrown, returned };

/// Starts the children in order and waits for all. An exception_group is thrown, or the errors stay in the tasks.
awaitable<void> run_children(std::vector<start_of> children, failures mode);

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
    for (auto& work : works) tasks.push_back(startable_traits<A>::make(std::move(work)));
    return tasks;
}

}  // namespace detail

/// Runs all to their end. The first error cancels the others; all errors come out in one exception_group. When the
/// caller is cancelled, all are cancelled and operation_aborted is thrown. Of none: returns at once.
template <startable... A>
[[nodiscard]] awaitable<std::tuple<task_of<A>...>> wait_all(A... works) {
    std::tuple<task_of<A>...> tasks(detail::startable_traits<A>::make(std::move(works))...);
    auto starts = detail::starts_of(tasks, child());
    co_await detail::run_children(std::move(starts), detail::failures::thrown);
    co_return tasks;
}

template <startable A>
[[nodiscard]] awaitable<std::vector<task_of<A>>> wait_all(std::vector<A> works) {
    auto tasks = detail::make_tasks(works);
    auto starts = detail::starts_of(tasks, child());
    co_await detail::run_children(std::move(starts), detail::failures::thrown);
    co_return tasks;
}

/// The first that finishes cancels the others; returns when all have ended. More than one may have finished, and none
/// when each was cancelled by other hands. A child that comes after one which finished inside its start is not started.
/// Errors and cancellation as with wait_all. Of none: returns at once.
template <startable... A>
[[nodiscard]] awaitable<std::tuple<task_of<A>...>> wait_any(A... works) {
    std::tuple<task_of<A>...> tasks(detail::startable_traits<A>::make(std::move(works))...);
    auto starts = detail::starts_of(tasks, close_on_finish);
    co_await detail::run_children(std::move(starts), detail::failures::thrown);
    co_return tasks;
}

template <startable A>
[[nodiscard]] awaitable<std::vector<task_of<A>>> wait_any(std::vector<A> works) {
    auto tasks = detail::make_tasks(works);
    auto starts = detail::starts_of(tasks, close_on_finish);
    co_await detail::run_children(std::move(starts), detail::failures::thrown);
    co_return tasks;
}

/// Runs all to their end; an error cancels nobody and is a value: read it from its task.
template <startable A>
[[nodiscard]] awaitable<std::vector<task_of<A>>> gather(std::vector<A> works) {
    auto tasks = detail::make_tasks(works);
    auto starts = detail::starts_of(tasks, child());
    co_await detail::run_children(std::move(starts), detail::failures::returned);
    co_return tasks;
}

template <startable... A>
[[nodiscard]] awaitable<std::tuple<task_of<A>...>> gather(A... works) {
    std::tuple<task_of<A>...> tasks(detail::startable_traits<A>::make(std::move(works))...);
    auto starts = detail::starts_of(tasks, child());
    co_await detail::run_children(std::move(starts), detail::failures::returned);
    co_return tasks;
}

/// Runs `background` beside `body`; it is cancelled when the body has ended, and may end before. Errors of both count.
/// With the arguments swapped the body lasts as long as the other (asyncgui's run_as_main).
template <startable A, startable B>
[[nodiscard]] awaitable<std::pair<task_of<A>, task_of<B>>> run_as_daemon(A background, B body) {
    std::pair<task_of<A>, task_of<B>> tasks(detail::startable_traits<A>::make(std::move(background)),
                                            detail::startable_traits<B>::make(std::move(body)));
    std::vector<detail::start_of> starts;
    starts.emplace_back(tasks.first.state(), daemon);
    starts.emplace_back(tasks.second.state(), child());
    co_await detail::run_children(std::move(starts), detail::failures::thrown);
    co_return tasks;
}

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

}  // namespace muster::coro
