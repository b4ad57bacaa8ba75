// SPDX-License-Identifier: MIT
// Hands one piece of work after the other to the threads, and takes its error.
#include "engine/steps/ordered_work.hpp"

#include <deque>
#include <exception>
#include <mutex>
#include <utility>

#include <asio/post.hpp>

namespace muster {

namespace {

constexpr std::size_t most_held = std::size_t{1} << 20U;

}  // namespace

struct ordered_work::shared_state {
    struct piece {
        std::function<void()> work;
        std::size_t held;
    };

    std::mutex mutex;
    std::deque<piece> waiting;
    std::size_t held = 0;
    bool running = false;
    bool dropped = false;
    std::exception_ptr error;
    std::function<void()> tell_room;
    std::function<void()> tell_idle;
};

ordered_work::ordered_work(asio::any_io_executor const& loop, asio::thread_pool& threads)
    : room_(loop), idle_(loop), threads_(threads), state_(std::make_shared<shared_state>()) {
    state_->tell_room = room_.setter();
    state_->tell_idle = idle_.setter();
    room_.set();
}

ordered_work::~ordered_work() {
    std::lock_guard const lock(state_->mutex);
    state_->dropped = true;
    state_->waiting.clear();
}

void ordered_work::add(std::function<void()> piece, std::size_t held) {
    std::lock_guard const lock(state_->mutex);
    if (state_->error) return;
    state_->waiting.push_back({std::move(piece), held});
    state_->held += held;
    if (state_->held > most_held) room_.reset();
    if (!std::exchange(state_->running, true)) asio::post(threads_, [state = state_] { run(state); });
}

/// On another thread: until nothing waits.
void ordered_work::run(std::shared_ptr<shared_state> const& state) {
    std::unique_lock lock(state->mutex);
    while (!state->waiting.empty() && !state->error) {
        auto next = std::move(state->waiting.front());
        state->waiting.pop_front();
        lock.unlock();
        std::exception_ptr error;
        try {
            next.work();
        } catch (...) {
            error = std::current_exception();
        }
        next.work = {};
        lock.lock();
        state->held -= next.held;
        if (error) state->error = error;
        if (state->held <= most_held / 2 || error) state->tell_room();
    }
    if (state->error) state->waiting.clear();
    state->running = false;
    state->tell_idle();
}

asio::awaitable<void> ordered_work::done() {
    for (;;) {
        idle_.reset();
        {
            std::lock_guard const lock(state_->mutex);
            if (!state_->running) {
                if (state_->error) std::rethrow_exception(state_->error);
                co_return;
            }
        }
        co_await idle_.wait();
    }
}

}  // namespace muster
