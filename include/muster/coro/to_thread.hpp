// SPDX-License-Identifier: MIT
// Blocking calls, made on another thread.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/call.hpp>
#include <muster/coro/detail/function_ref.hpp>

#include <asio/thread_pool.hpp>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <variant>

namespace muster::coro {

/// What a cancellation does to a call that runs on another thread already. One that hasn't begun never begins.
enum class on_cancel {
    wait,    ///< request its stop, then wait for its end
    abandon  ///< request its stop and leave: it runs on, its result is dropped. It must own all it uses.
};

namespace detail {

/// Shared by the coroutine and the other thread.
class thread_call {
  public:
    explicit thread_call(executor const& ex) : loop_executor_(ex) {}
    virtual ~thread_call() = default;

    std::stop_source stop;

    /// On the pool: makes the call unless it was withdrawn, and wakes the coroutine.
    void operator()();
    /// The pool died with the call in it.
    void drop();

  protected:
    virtual void call() = 0;

  private:
    friend awaitable<void> run_thread_call(asio::thread_pool& pool, std::shared_ptr<thread_call> call,
                                           on_cancel policy);

    enum class stage { queued, running, done, withdrawn };
    bool enter(stage from, stage to);
    void finish();

    /// The coroutine leaves, or is destroyed with its context: then the call must not use what dies with it.
    void leave(on_cancel policy) noexcept;

    executor loop_executor_;
    std::mutex mutex_;
    std::condition_variable ended_;
    stage stage_ = stage::queued;
    std::function<void()> wake_;  // empty: no coroutine waits any more
    std::exception_ptr error_;
};

template <class F, class R>
class typed_call final : public thread_call {
  public:
    typed_call(executor const& ex, F f) : thread_call(ex), f_(std::move(f)) {}
    std::optional<std::conditional_t<std::is_void_v<R>, std::monostate, R>> value;

  private:
    void call() override {
        if constexpr (std::is_void_v<R>) {
            f_(stop.get_token());
            value.emplace();
        } else {
            value.emplace(f_(stop.get_token()));
        }
    }
    F f_;
};

awaitable<void> run_thread_call(asio::thread_pool& pool, std::shared_ptr<thread_call> call, on_cancel policy);

template <class R, class F>
awaitable<R> call_in_thread(asio::thread_pool& pool, F f, on_cancel policy) {
    auto const ex = co_await this_coro::executor;
    auto const call = std::make_shared<typed_call<F, R>>(ex, std::move(f));
    co_await run_thread_call(pool, call, policy);
    if constexpr (!std::is_void_v<R>) co_return std::move(*call->value);
}

}  // namespace detail

/// Calls f(std::stop_token) on the pool and returns its result, or throws its exception, on the caller's loop. When the
/// caller is cancelled a stop is requested; a result that comes all the same is returned. Throws invalid_state when
/// the pool is destroyed before the call has begun: a pool that was stopped begins none. A context that dies meanwhile
/// requests the stop and waits for the end as well, unless the call is abandoned.
template <class F, class R = std::invoke_result_t<std::decay_t<F>&, std::stop_token>>
[[nodiscard]] awaitable<R> to_thread(asio::thread_pool& pool, F&& f, on_cancel policy = on_cancel::wait) {
    detail::require_passed_safely<F>();
    return detail::call_in_thread<R, std::decay_t<F>>(pool, std::forward<F>(f), policy);
}

}  // namespace muster::coro
