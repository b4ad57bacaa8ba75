// SPDX-License-Identifier: MIT
// A coroutine together with the callable and the arguments it was made from.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace muster::coro {

namespace detail {

template <class A>
struct awaitable_traits : std::false_type {};
template <class T>
struct awaitable_traits<awaitable<T>> : std::true_type {
    using value_type = T;
};

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
// g++ 12 destroys such a temporary twice when it stands in one expression with co_await.
template <class F>
concept passed_safely = std::is_lvalue_reference_v<F> || std::is_trivially_copyable_v<std::remove_cvref_t<F>> ||
                        !std::is_class_v<std::remove_cvref_t<F>> ||
                        !std::invocable<std::remove_cvref_t<F>&>;
#else
template <class F>
concept passed_safely = true;
#endif

}  // namespace detail

/// What returns a coroutine when it is called with copies of the arguments.
template <class F, class... Args>
concept coroutine_function = std::invocable<std::decay_t<F>, std::decay_t<Args>...> &&
    detail::awaitable_traits<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>>::value;

/// What the coroutine of the callable returns in the end.
template <class F, class... Args>
using result_of_call =
    typename detail::awaitable_traits<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>>::value_type;

namespace detail {

template <class T>
T& object_of(T& object) {
    return object;
}
template <class T>
T& object_of(T* object) {
    return *object;
}
template <class T>
T& object_of(std::reference_wrapper<T> object) {
    return object;
}

// Not by std::invoke: what an argument is converted to must live until the end of the co_await.
template <class T, class F, class... Args>
awaitable<T> keep_and_call(F f, Args... args) {
    co_return co_await f(std::move(args)...);
}
template <class T, class F, class Object, class... Args>
requires std::is_member_function_pointer_v<F> awaitable<T> keep_and_call(F f, Object object, Args... args) {
    auto& on = object_of(object);
    co_return co_await (on.*f)(std::move(args)...);
}

}  // namespace detail

/// The coroutine f(args...). The callable and copies of the arguments live until it ends; a reference is passed by
/// std::ref, as to a std::thread. nursery::start, wait_all, with_timeout, run and the others take the same.
///
/// The mistake: `[i]() -> awaitable<> { ... i ... }()` is a coroutine that refers to a closure which is gone at the end
/// of the line. `call([](int i) -> awaitable<> { ... i ... }, i)` keeps what it needs.
template <class F, class... Args>
requires coroutine_function<F, Args...>
[[nodiscard]] awaitable<result_of_call<F, Args...>> call(F&& f, Args&&... args) {
    return detail::keep_and_call<result_of_call<F, Args...>, std::decay_t<F>, std::decay_t<Args>...>(
        std::forward<F>(f), std::forward<Args>(args)...);
}

namespace detail {
// The same for functions whose calls stand beside co_await.
template <class F, class... Args>
awaitable<result_of_call<F, Args...>> call_beside_await(F&& f, Args&&... args) {
    static_assert(passed_safely<F>,
                  "g++ 12 destroys a closure that owns something twice beside co_await: pass what it captures as "
                  "arguments, or give the closure a name and pass that");
    return call(std::forward<F>(f), std::forward<Args>(args)...);
}
}  // namespace detail

}  // namespace muster::coro
