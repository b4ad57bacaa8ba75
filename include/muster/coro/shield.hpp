// SPDX-License-Identifier: MIT
// Work that a cancellation of the caller must not cut short.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/task.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace muster::coro {

/// Runs `work` to its end whatever happens to the caller; a cancellation in the meantime is delivered at the caller's
/// next co_await. The error of `work` is thrown bare. A caller that is already cancelled doesn't start it, as with any
/// other co_await.
template <class T>
[[nodiscard]] awaitable<T> shield(awaitable<T> work) {
    auto const ex = co_await this_coro::executor;
    detail::scope scope(ex, on_error::keep_going);
    scope.ignore_cancel();
    task<T> const child(std::move(work), "shield");
    co_await detail::run_single(scope, child.state());
    if constexpr (!std::is_void_v<T>) co_return std::move(child.state()->value());
}

template <class F, class... Args>
requires coroutine_function<F, Args...>
[[nodiscard]] awaitable<result_of_call<F, Args...>> shield(F&& f, Args&&... args) {
    return shield(call(std::forward<F>(f), std::forward<Args>(args)...));
}

namespace detail {
template <class F>
concept kept_callable = std::invocable < std::decay_t<F>
& > ;

template <class T, class Request>
awaitable<T> run_cancelled_by(awaitable<T> work, Request request) {
    auto const ex = co_await this_coro::executor;
    detail::scope scope(ex, on_error::keep_going);
    scope.on_cancel(request);
    task<T> const child(std::move(work), "cancel_by");
    co_await detail::run_single(scope, child.state());
    if constexpr (!std::is_void_v<T>) co_return std::move(child.state()->value());
}
}  // namespace detail

/// Runs `work` to its end; when the caller is cancelled in the meantime, request() is called (once) instead. For
/// operations that Asio can't cancel through a slot, such as a name lookup. A result that comes in spite of the request
/// is returned.
template <class T, class Request>
requires detail::kept_callable<Request>
[[nodiscard]] awaitable<T> cancel_by(awaitable<T> work, Request&& request) {
    detail::require_passed_safely<Request>();
    return detail::run_cancelled_by<T, std::decay_t<Request>>(std::move(work), std::forward<Request>(request));
}

namespace detail {
/// Throws what finally() owes: nothing lost, and an error counts more than a cancellation.
void throw_combined(std::exception_ptr work, std::exception_ptr cleanup);

template <class C>
awaitable<void> as_awaitable(C& cleanup) {
    if constexpr (std::same_as<C, awaitable<void>>)
        return std::move(cleanup);
    else
        return cleanup();
}

template <class C>
concept cleanup = std::same_as<C, awaitable<void>> || std::same_as<std::invoke_result_t<C&>, awaitable<void>>;

template <class T, class Cleanup>
awaitable<T> run_finally(awaitable<T> work, Cleanup cleanup) {
    std::optional<typename detail::task_state<T>::stored> value;
    std::exception_ptr error, cleanup_error;
    try {
        if constexpr (std::is_void_v<T>)
            co_await std::move(work);
        else
            value.emplace(co_await std::move(work));
    } catch (...) {
        error = std::current_exception();
    }
    bool const throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    try {
        co_await shield(detail::as_awaitable(cleanup));
    } catch (...) {
        cleanup_error = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(throws);
    detail::throw_combined(error, cleanup_error);
    if constexpr (!std::is_void_v<T>) co_return std::move(*value);
}
}  // namespace detail

/// Runs `work`, then `cleanup` (an awaitable<void>, or a callable that returns one) under a shield: after a result, an
/// error or a cancellation. If both fail, an exception_group of the two is thrown; if the work was cancelled and the
/// clean-up fails, the clean-up's error. A caller that is already cancelled starts neither, as with any other
/// co_await: acquire inside `work` what the clean-up releases, or register the clean-up with nursery::on_close.
template <class T, class Cleanup>
requires detail::cleanup<std::decay_t<Cleanup>>
[[nodiscard]] awaitable<T> finally(awaitable<T> work, Cleanup&& cleanup) {
    detail::require_passed_safely<Cleanup>();
    return detail::run_finally<T, std::decay_t<Cleanup>>(std::move(work), std::forward<Cleanup>(cleanup));
}

}  // namespace muster::coro
