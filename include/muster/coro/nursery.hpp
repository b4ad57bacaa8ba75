// SPDX-License-Identifier: MIT
// A scope that takes new tasks while it is open and ends after all of them.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/task.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace muster::coro {

class nursery;

namespace detail {

/// A value that a child will give while it runs on.
template <class V>
struct readiness {
    explicit readiness(executor const& ex) : changed(ex) {}
    std::optional<V> value;
    wait_list changed;
};

/// While it lives an error of the child is for the one who waits, and no reason for the nursery to cancel the others.
class error_claim {
  public:
    error_claim(std::shared_ptr<scope_state> const& of, std::shared_ptr<task_state_base> of_child)
        : child(std::move(of_child)), nursery_(of) {
        child->claim_error(true);
    }
    ~error_claim() {
        child->claim_error(false);
        if (auto const open = nursery_.lock()) open->settle_claim(*child);
    }
    error_claim(error_claim const&) = delete;
    error_claim& operator=(error_claim const&) = delete;

    std::shared_ptr<task_state_base> const child;

  private:
    std::weak_ptr<scope_state> nursery_;
};

template <class V>
awaitable<V> wait_until_ready(std::shared_ptr<readiness<V>> sign, std::unique_ptr<error_claim> claim) {
    auto& child = *claim->child;
    end_hook const ended(child, [&] { sign->changed.wake_all(); });
    while (!sign->value && !child.done()) co_await sign->changed.wait(wait_mode("nursery::start_until_ready"));
    if (sign->value) co_return std::move(*sign->value);
    child.require_finished();
    throw invalid_state("the child has ended without calling ready");
}

}  // namespace detail

/// Given to a child that is started by start_until_ready: a call says that it is ready. Later calls change nothing.
template <class V>
class ready {
  public:
    void operator()(V value) const {
        if (sign_->value) return;
        sign_->value.emplace(std::move(value));
        sign_->changed.wake_all();
    }

  private:
    friend class nursery;
    explicit ready(std::shared_ptr<detail::readiness<V>> sign) : sign_(std::move(sign)) {}
    std::shared_ptr<detail::readiness<V>> sign_;
};

namespace detail {
template <class T, class Body>
awaitable<T> run_nursery(Body body, on_error policy);
}

/// A callable that is the body of a nursery: awaitable<T>(nursery&).
template <class Body>
concept nursery_body =
    std::invocable<Body&, nursery&> && detail::awaitable_traits<std::invoke_result_t<Body&, nursery&>>::value;

/// Runs body(nursery&) and every child started in it, and returns the body's result when all have ended. Throws
/// exception_group with all errors (with keep_going: the body's and the unread ones); without errors,
/// operation_aborted if the calling task was cancelled, or if the body was, so that it has no result to return. An
/// error of the body always cancels the children. The body may capture by reference: it is kept until the end.
template <class Body>
requires nursery_body<std::remove_cvref_t<Body>>
[[nodiscard]] auto open_nursery(Body&& body, on_error policy = on_error::cancel_siblings) {
    detail::require_passed_safely<Body>();
    using kept = std::remove_cvref_t<Body>;
    using result = typename detail::awaitable_traits<std::invoke_result_t<kept&, nursery&>>::value_type;
    return detail::run_nursery<result, kept>(std::forward<Body>(body), policy);
}

/// Made by open_nursery only, which returns when the body and every child have ended.
///  * Children may be started at any time while it is open: by the body, by children, by grandchildren.
///  * A child that fails cancels the others and the body (cancel_siblings); every error comes out in one
///  exception_group.
///  * Cancelling the task that opened it cancels everything in it, waits for all ends, and then counts as cancelled.
///  * `daemon` children are cancelled when no other child is left; an ended `close_on_finish` child cancels the others.
///  * Nothing in it outlives it. It keeps nothing of a child that has ended but an unread error.
/// A copy is another handle on the same nursery, and may be kept for longer: after the close it starts nothing and
/// throws invalid_state.
///
/// The mistake: keeping a pointer or a reference to the body's argument, which ends with the body. Keep a copy.
class nursery {
  public:
    /// Starts f(args...) as a child and returns at its first suspension (it may be done by then). The callable and
    /// copies of the arguments live until the child ends; a reference is passed by std::ref. While the nursery is being
    /// cancelled the child is not started: its task is already cancelled. Throws invalid_state after the close,
    /// wrong_loop when called from outside of the loop.
    template <class F, class... Args>
    requires coroutine_function<F, Args...> task<result_of_call<F, Args...>> start(F&& f, Args&&... args) {
        return start(
            task<result_of_call<F, Args...>>(detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...)));
    }

    /// The same with flags.
    template <class F, class... Args>
    requires coroutine_function<F, Args...> task<result_of_call<F, Args...>> start(child flags, F&& f, Args&&... args) {
        return start(
            task<result_of_call<F, Args...>>(detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...)),
            flags);
    }

    /// The same with a coroutine that owns all it uses, and with a name for describe_waits.
    template <class T>
    task<T> start(awaitable<T> work, child flags = {}, std::string name = {}) {
        return start(task<T>(std::move(work), std::move(name)), flags);
    }

    /// The same with a task made before; throws invalid_state if it was started already.
    template <class T>
    task<T> start(task<T> unstarted, child flags = {}) {
        auto const open = state();
        open->require_loop();
        open->start(unstarted.state(), flags);
        return unstarted;
    }

    /// Starts f(ready<V>, args...) as a child and waits until it has called its first argument with a value, which is
    /// returned while the child runs on (trio's nursery.start). When it ends before: throws its error, which counts as
    /// read and cancels nobody, operation_aborted if it was cancelled, else invalid_state. Cancelling the caller leaves
    /// the child alone.
    template <class V, class F, class... Args>
    requires coroutine_function<F, ready<V>, Args...>
    [[nodiscard]] awaitable<V> start_until_ready(F&& f, Args&&... args) {
        detail::require_passed_safely<F, Args...>();
        auto const sign = std::make_shared<detail::readiness<V>>(state()->get_executor());
        auto work = detail::kept_call(std::forward<F>(f), ready<V>(sign), std::forward<Args>(args)...);
        task<result_of_call<F, ready<V>, Args...>> const child(std::move(work));
        auto claim = std::make_unique<detail::error_claim>(state(), child.state());
        start(child);
        return detail::wait_until_ready<V>(sign, std::move(claim));
    }

    /// Registers f(args...), which runs when the body and all children have ended, however they have: the last one
    /// registered first, each to its end whatever happens to the opener. Nothing is awaited to register it, so it can
    /// be done in a task that is cancelled already, right where the thing is acquired that it releases. Errors come out
    /// in the exception_group.
    template <class F, class... Args>
    requires coroutine_function<F, Args...>
    void on_close(F&& f, Args&&... args) {
        auto const open = state();
        if (open->closed()) throw invalid_state("the nursery is closed");
        auto cleanup = detail::kept_call(std::forward<F>(f), std::forward<Args>(args)...);
        open->add_cleanup(
            std::make_shared<detail::task_state<result_of_call<F, Args...>>>(std::move(cleanup), "on_close"));
    }

    /// Cancels the body and all children; repeated calls change nothing.
    void cancel() {
        if (auto const open = weak_.lock()) open->cancel();
    }

    /// Children are being cancelled: by cancel(), an error, the opener's cancellation, or since only daemons are left.
    bool cancelled() const noexcept {
        auto const open = weak_.lock();
        return !open || open->stopping();
    }

    /// The number of children that run, without the body.
    std::size_t size() const noexcept {
        auto const open = weak_.lock();
        return open ? open->size() : 0;
    }

    executor get_executor() const { return state()->get_executor(); }

  private:
    explicit nursery(std::shared_ptr<detail::scope_state> const& state) : weak_(state) {}

    std::shared_ptr<detail::scope_state> state() const {
        if (auto open = weak_.lock()) return open;
        throw invalid_state("the nursery is closed");
    }

    template <class T, class Body>
    friend awaitable<T> detail::run_nursery(Body body, on_error policy);

    /// Weak, since the opener, which owns one of these, is kept by the state when its context dies.
    std::weak_ptr<detail::scope_state> weak_;
};

namespace detail {

template <class T, class Body>
awaitable<T> run_nursery(Body body, on_error policy) {
    auto const ex = co_await this_coro::executor;
    scope s(ex, policy);
    nursery opened(s.shared());
    std::shared_ptr<task_state<T>> work;
    auto start = [&] {
        work = std::make_shared<task_state<T>>(body(opened), "body");
        s.state().start(work, {}, true);
    };
    co_await s.run(start);
    s.throw_group();
    if constexpr (!std::is_void_v<T>) {
        work->require_finished();
        co_return std::move(work->value());
    }
}

}  // namespace detail

}  // namespace muster::coro
