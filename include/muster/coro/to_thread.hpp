// SPDX-License-Identifier: MIT
// Blocking calls, made on another thread.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/function_ref.hpp>

#include <asio/thread_pool.hpp>
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

    executor loop_executor_;
    std::mutex mutex_;
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

}  // namespace detail

/// Calls f(std::stop_token) on the pool and returns its result, or throws its exception, on the caller's loop. When the
/// caller is cancelled a stop is requested; a result that comes all the same is returned. Throws invalid_state when
/// the pool is destroyed before the call has begun: a pool that was stopped begins none.
template <class F, class R = std::invoke_result_t<F&, std::stop_token>>
[[nodiscard]] awaitable<R> to_thread(asio::thread_pool& pool, F f, on_cancel policy = on_cancel::wait) {
    auto const ex = co_await this_coro::executor;
    auto const call = std::make_shared<detail::typed_call<F, R>>(ex, std::move(f));
    co_await detail::run_thread_call(pool, call, policy);
    if constexpr (!std::is_void_v<R>) co_return std::move(*call->value);
}

}  // namespace muster::coro
