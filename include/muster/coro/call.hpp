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
struct call_operator {
    void operator()();
};
// Its call operator is ambiguous when T has one as well, with whatever parameters.
template <class T>
struct with_call_operator : T, call_operator {};
template <class T>
concept has_call_operator = std::is_class_v<T> && !std::is_final_v<T> && !requires {
    &with_call_operator<T>::operator();
};

// g++ 12 destroys a closure or an aggregate twice that is made in one expression with co_await and owns something. One
// that is moved there from a name can't be told from it.
template <class A>
concept passed_safely = std::is_lvalue_reference_v<A> || std::is_trivially_copyable_v<std::remove_cvref_t<A>> ||
    !(std::is_aggregate_v<std::remove_cvref_t<A>> || has_call_operator<std::remove_cvref_t<A>>);
#else
template <class A>
concept passed_safely = true;
#endif

template <class... A>
constexpr void require_passed_safely() {
    static_assert((passed_safely<A> && ...),
                  "g++ 12 destroys a closure or an aggregate that owns something twice beside co_await: give it a name "
                  "and pass that, without std::move, or pass what the closure captures as arguments");
}

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

// call() for functions whose calls do not stand beside co_await.
template <class F, class... Args>
awaitable<result_of_call<F, Args...>> kept_call(F&& f, Args&&... args) {
    return keep_and_call<result_of_call<F, Args...>, std::decay_t<F>, std::decay_t<Args>...>(
        std::forward<F>(f), std::forward<Args>(args)...);
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
    detail::require_passed_safely<F, Args...>();
    return detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace muster::coro
