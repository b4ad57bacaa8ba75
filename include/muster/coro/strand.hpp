// SPDX-License-Identifier: MIT
// Work for a context that several threads run.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/task.hpp>

#include <asio/strand.hpp>
#include <concepts>
#include <memory>
#include <string>
#include <utility>

namespace muster::coro {

namespace detail {
/// Starts the work on a strand of the caller's executor and waits for its end, which is read from the task afterwards.
awaitable<void> run_on_strand(std::shared_ptr<task_state_base> work);

template <class T>
awaitable<T> take_from_strand(task<T> work) {
    co_await run_on_strand(work.state());
    work.state()->require_finished();
    if constexpr (!std::is_void_v<T>) co_return std::move(work.state()->value());
}
}  // namespace detail

/// Runs `work`, with all that it starts, on a strand of its own: one thread at a time, whatever the number of threads
/// that run the context. Cancelling the caller cancels the work, which is waited for; what it returns or throws comes
/// out. Partial cancellation does the same, where the caller lets it through (reset_cancellation_state). What the work
/// shares with the caller needs a lock. The name is shown where waiting tasks are listed.
template <class T>
[[nodiscard]] awaitable<T> on_strand(awaitable<T> work, std::string name = "on_strand") {
    return detail::take_from_strand(task<T>(std::move(work), std::move(name)));
}

template <class F, class... Args>
requires coroutine_function<F, Args...>
[[nodiscard]] awaitable<result_of_call<F, Args...>> on_strand(F&& f, Args&&... args) {
    return on_strand(call(std::forward<F>(f), std::forward<Args>(args)...));
}

}  // namespace muster::coro
