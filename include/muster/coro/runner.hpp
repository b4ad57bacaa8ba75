// SPDX-License-Identifier: MIT
// Running a coroutine from code that has no loop.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/detail/function_ref.hpp>
#include <muster/coro/task.hpp>

#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace muster::coro {

namespace detail {

/// Starts the task on the context and calls step() until it has ended. step() runs handlers, or throws when none can
/// ever come; then, and when a handler throws, the task is cancelled and driven to its end before the exception leaves.
void drive(asio::io_context& context, std::shared_ptr<task_state_base> main, function_ref step);

/// Of the loop of a runner; the tests shorten it.
inline duration longest_turn = std::chrono::seconds(10);

/// Whether a loop is watched for a swallowed cancellation where it is not debugged; a program whose loops run no code
/// of others needs no thread for that.
inline bool watches_swallowed = true;

/// The result of a task that has ended, moved out; throws its bare exception.
template <class T>
T take(task<T> const& ended) {
    if constexpr (std::is_void_v<T>) {
        ended.result();
    } else {
        ended.result();
        return std::move(ended.state()->value());
    }
}

}  // namespace detail

/// A loop that runs one coroutine after the other (asyncio's run_until_complete). An error of one run leaves it usable.
class runner {
  public:
    runner();
    ~runner();
    runner(runner const&) = delete;
    runner& operator=(runner const&) = delete;

    /// Runs `main` to its end and returns its result or throws its exception, bare. Throws invalid_state on a thread on
    /// which a runner runs already, or when the loop is stopped by other hands (`main` is left suspended then). In a
    /// program of which a file is built without NDEBUG it aborts when the loop gets no turn for ten seconds, as a
    /// loop_watchdog does; in any other, when a cancelled task does nothing but throw for so long.
    template <class T>
    T run(awaitable<T> main) {
        task<T> const root(std::move(main), "main");
        run_task(root.state());
        return detail::take(root);
    }

    /// The same with the coroutine f(args...), which is kept with its arguments.
    template <class F, class... Args>
    requires coroutine_function<F, Args...> result_of_call<F, Args...> run(F&& f, Args&&... args) {
        return run(detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...));
    }

    /// Cancels the coroutine of the run in progress; for calls from the loop, such as a signal handler of Asio's.
    void cancel();

    asio::io_context& context() noexcept { return context_; }

  private:
    void run_task(std::shared_ptr<detail::task_state_base> main);

    asio::io_context context_{1};
    std::shared_ptr<detail::task_state_base> main_;
};

/// Runs `main` on a loop of its own, closed afterwards (asyncio.run).
template <class T>
T run(awaitable<T> main) {
    runner own;
    return own.run(std::move(main));
}

template <class F, class... Args>
requires coroutine_function<F, Args...> result_of_call<F, Args...> run(F&& f, Args&&... args) {
    return run(detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...));
}

}  // namespace muster::coro
