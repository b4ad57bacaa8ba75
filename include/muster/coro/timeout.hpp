// SPDX-License-Identifier: MIT
// Time limits: a plain one, and one whose clock can stand.
#pragma once

#include <muster/coro/alarm.hpp>
#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/errors.hpp>
#include <muster/coro/task.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace muster::coro {

namespace detail {
class deadline_watch;
}

/// A time limit over several pieces of work, whose clock can stand. Belongs to one loop; must outlive its guards and
/// the with_deadline calls on it. duration::max() never expires.
class deadline {
  public:
    /// The clock runs from now on.
    deadline(executor const& ex, duration limit);
    ~deadline();
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;

    /// While at least one guard lives, the clock stands.
    class [[nodiscard]] pause_guard {
      public:
        pause_guard(pause_guard&& other) noexcept : paused_(std::exchange(other.paused_, nullptr)) {}
        pause_guard& operator=(pause_guard&& other) noexcept {
            std::swap(paused_, other.paused_);
            return *this;
        }
        ~pause_guard() {
            if (paused_) paused_->resume();
        }

      private:
        friend class deadline;
        explicit pause_guard(deadline& paused) : paused_(&paused) {}
        deadline* paused_;
    };

    pause_guard pause();
    /// The clock begins anew with that limit, for the with_deadline calls that run as well. One that has expired before
    /// stays so.
    void restart(duration limit);
    bool paused() const noexcept { return pauses_ > 0; }

    /// The time on the loop's clock, which never stands.
    time_point now() const;
    /// Never less than zero.
    duration remaining() const;
    bool expired() const { return remaining() == duration::zero(); }

  private:
    friend class detail::deadline_watch;
    void resume();

    executor executor_;
    detail::loop& loop_;
    time_point end_;  // while the clock runs
    duration left_;   // while it stands
    unsigned pauses_ = 0;
    detail::deadline_watch* watches_ = nullptr;
};

namespace detail {

/// One with_deadline call: cancels its child when the deadline expires.
class deadline_watch {
  public:
    /// Throws wrong_loop when the caller's executor belongs to another loop than the deadline's.
    deadline_watch(deadline& limit, executor const& caller, task_state_base& child);
    ~deadline_watch();
    deadline_watch(deadline_watch const&) = delete;
    deadline_watch& operator=(deadline_watch const&) = delete;

    void arm();
    void disarm() noexcept { alarm_.disarm(); }

    bool const& expired() const noexcept { return expired_; }

  private:
    friend class muster::coro::deadline;
    void expire();

    deadline& limit_;
    task_state_base& child_;
    alarm alarm_;
    deadline_watch* next_ = nullptr;
    deadline_watch* prev_ = nullptr;
    bool expired_ = false;
};

}  // namespace detail

/// Runs `work`, cancelled when the deadline expires. Throws timed_out if and only if the work ended because of that;
/// its own exceptions come bare, and a result or an error that comes late still counts. When the caller is cancelled,
/// the work is cancelled and operation_aborted thrown, expired or not. With a deadline that has expired already the
/// work runs to its first suspension.
template <class T>
[[nodiscard]] awaitable<T> with_deadline(deadline& limit, awaitable<T> work) {
    auto const ex = co_await this_coro::executor;
    detail::scope scope(ex, on_error::keep_going);
    task<T> const child(std::move(work), "with_deadline");
    detail::deadline_watch watch(limit, ex, *child.state());
    auto arm = [&] { watch.arm(); };
    co_await detail::run_single(scope, child.state(), arm, &watch.expired());
    if constexpr (!std::is_void_v<T>) co_return std::move(child.state()->value());
}

/// The same with the coroutine f(args...), which is kept with its arguments.
template <class F, class... Args>
requires coroutine_function<F, Args...>
[[nodiscard]] awaitable<result_of_call<F, Args...>> with_deadline(deadline& limit, F&& f, Args&&... args) {
    return with_deadline(limit, call(std::forward<F>(f), std::forward<Args>(args)...));
}

/// The same for a limit that begins now. Zero or less: the work runs to its first suspension.
///
/// The mistake: to expect timed_out from work that answers its cancellation with a result. A result that comes late
/// counts; such work needs a limit of its own.
template <class T>
[[nodiscard]] awaitable<T> with_timeout(duration limit, awaitable<T> work) {
    auto const ex = co_await this_coro::executor;
    deadline end(ex, limit);
    co_return co_await with_deadline(end, std::move(work));
}

template <class F, class... Args>
requires coroutine_function<F, Args...>
[[nodiscard]] awaitable<result_of_call<F, Args...>> with_timeout(duration limit, F&& f, Args&&... args) {
    return with_timeout(limit, call(std::forward<F>(f), std::forward<Args>(args)...));
}

/// What move_on_after returns: the result, if it came; for work without a result whether it finished.
template <class T>
using if_in_time = std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>;

/// with_timeout for work that may be given up: nothing (false for void) instead of timed_out (trio's move_on_after). A
/// timed_out of the work's own comes out.
template <class T>
[[nodiscard]] awaitable<if_in_time<T>> move_on_after(duration limit, awaitable<T> work) {
    auto const ex = co_await this_coro::executor;
    deadline end(ex, limit);
    detail::scope scope(ex, on_error::keep_going);
    task<T> const child(std::move(work), "move_on_after");
    detail::deadline_watch watch(end, ex, *child.state());
    auto arm = [&] { watch.arm(); };
    try {
        co_await detail::run_single(scope, child.state(), arm, &watch.expired());
    } catch (timed_out const&) {
        if (child.failed()) throw;
        co_return if_in_time<T>();
    }
    if constexpr (std::is_void_v<T>)
        co_return true;
    else
        co_return std::move(child.state()->value());
}

template <class F, class... Args>
requires coroutine_function<F, Args...>
[[nodiscard]] awaitable<if_in_time<result_of_call<F, Args...>>> move_on_after(duration limit, F&& f, Args&&... args) {
    return move_on_after(limit, call(std::forward<F>(f), std::forward<Args>(args)...));
}

}  // namespace muster::coro
