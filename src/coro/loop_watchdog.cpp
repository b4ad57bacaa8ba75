// SPDX-License-Identifier: MIT
// The thread that waits for the loop's turns.
#include <muster/coro/loop_watchdog.hpp>

#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace muster::coro {

namespace {

constexpr int ticks_per_limit = 20;

void abort_with_the_rule() {
    std::fputs(
        "muster::coro: the loop is blocked. A call blocks it, or a catch block swallows the cancellation of its task "
        "and "
        "awaits again: rethrow what is_cancellation() recognises.\n",
        stderr);
    std::abort();
}

/// Shared with the post, which may come after the watchdog has gone.
struct turn {
    std::mutex mutex;
    std::condition_variable changed;
    bool came = false;
    bool over = false;
};

}  // namespace

struct loop_watchdog::state {
    // Counts its own ticks instead of reading a clock: a process that is stopped in a debugger is not blocked.
    void watch() {
        std::unique_lock lock(shared->mutex);
        while (!shared->over) {
            shared->came = false;
            asio::post(ex, [shared = shared] { note(*shared); });
            int ticks = 0;
            while (!shared->over && !shared->came && ticks < ticks_per_limit)
                if (shared->changed.wait_for(lock, limit / ticks_per_limit) == std::cv_status::timeout) ++ticks;
            if (!shared->over && !shared->came) tell(lock);
            shared->changed.wait_for(lock, limit / ticks_per_limit, [this] { return shared->over; });
        }
    }

    static void note(turn& t) {
        std::lock_guard const lock(t.mutex);
        t.came = true;
        t.changed.notify_all();
    }

    void tell(std::unique_lock<std::mutex>& lock) {
        lock.unlock();
        on_blocked();
        lock.lock();
        shared->changed.wait(lock, [this] { return shared->over || shared->came; });
    }

    executor ex;
    duration limit;
    std::function<void()> on_blocked;
    std::shared_ptr<turn> shared = std::make_shared<turn>();
    std::thread thread;
};

loop_watchdog::loop_watchdog(executor ex, duration limit, std::function<void()> on_blocked)
    : state_(std::make_unique<state>()) {
    state_->ex = asio::prefer(std::move(ex), asio::execution::outstanding_work.untracked);
    state_->limit = limit;
    state_->on_blocked = on_blocked ? std::move(on_blocked) : std::function<void()>(abort_with_the_rule);
    state_->thread = std::thread([watched = state_.get()] { watched->watch(); });
}

loop_watchdog::~loop_watchdog() {
    {
        std::lock_guard const lock(state_->shared->mutex);
        state_->shared->over = true;
        state_->shared->changed.notify_all();
    }
    state_->thread.join();
}

}  // namespace muster::coro
