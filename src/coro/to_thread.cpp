// SPDX-License-Identifier: MIT
// A call on another thread, and the coroutine that waits for it.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/errors.hpp>
#include <muster/coro/to_thread.hpp>

#include <asio/post.hpp>

namespace muster::coro::detail {

bool thread_call::enter(stage from, stage to) {
    std::lock_guard const lock(mutex_);
    if (stage_ != from) return false;
    stage_ = to;
    return true;
}

void thread_call::operator()() {
    if (!enter(stage::queued, stage::running)) return;
    try {
        call();
    } catch (...) {
        error_ = std::current_exception();
    }
    finish();
}

void thread_call::drop() {
    if (!enter(stage::queued, stage::running)) return;
    error_ = std::make_exception_ptr(invalid_state("the thread pool ended before the call began"));
    finish();
}

// Under the lock, since the loop of a coroutine that is destroyed at this moment must not be touched.
void thread_call::finish() {
    std::lock_guard const lock(mutex_);
    stage_ = stage::done;
    if (wake_) asio::post(loop_executor_, std::exchange(wake_, nullptr));
    ended_.notify_all();
}

void thread_call::leave(on_cancel policy) noexcept {
    {
        std::lock_guard const lock(mutex_);
        wake_ = nullptr;
        if (stage_ == stage::queued) stage_ = stage::withdrawn;
        if (stage_ != stage::running) return;
    }
    stop.request_stop();
    if (policy == on_cancel::abandon) return;
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return stage_ == stage::done; });
}

namespace {

// What the pool keeps.
struct queued_call {
    explicit queued_call(std::shared_ptr<thread_call> call) : call(std::move(call)) {}
    queued_call(queued_call&&) noexcept = default;
    ~queued_call() {
        if (call) call->drop();
    }
    void operator()() { (*std::exchange(call, nullptr))(); }
    std::shared_ptr<thread_call> call;
};

}  // namespace

awaitable<void> run_thread_call(asio::thread_pool& pool, std::shared_ptr<thread_call> call, on_cancel policy) {
    auto const ex = co_await this_coro::executor;

    // Shared with the post that wakes, which may come after this coroutine has left.
    struct landing {
        explicit landing(executor const& ex) : list(ex), here(loop::of(ex)) { ++here.outside; }
        void count_off() {
            if (std::exchange(counted, false)) --here.outside;
        }
        wait_list list;
        loop& here;
        bool counted = true;
        bool landed = false;
    };
    auto const ground = std::make_shared<landing>(ex);
    call->wake_ = [ground, ex] {
        loop::turn const turn(ground->here, ex, true);
        ground->count_off();
        ground->landed = true;
        ground->list.wake_all();
    };
    asio::post(pool, queued_call(call));

    bool left = false;
    struct leave {
        thread_call& call;
        on_cancel policy;
        ~leave() { call.leave(policy); }
    } const guard{*call, policy};
    auto request = [&] {
        call->stop.request_stop();
        bool const withdrawn = call->enter(thread_call::stage::queued, thread_call::stage::withdrawn);
        if (!withdrawn && policy == on_cancel::wait) return;
        left = true;
        ground->list.wake_all();
    };
    wait_mode mode("to_thread");
    mode.cancellable = false;
    mode.on_cancel = request;
    while (!ground->landed && !left) co_await ground->list.wait(mode);
    if (!ground->landed) {
        ground->count_off();
        std::rethrow_exception(aborted());
    }
    if (call->error_) std::rethrow_exception(call->error_);
}

}  // namespace muster::coro::detail
