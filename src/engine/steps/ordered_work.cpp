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
        std::function<bool()> work;
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
    std::deque<shared_state::piece> rest;
    {
        std::lock_guard const lock(state_->mutex);
        state_->dropped = true;
        rest.swap(state_->waiting);
    }
    // What the pieces own may take long to destroy.
    if (!rest.empty()) asio::post(threads_, [rest = std::move(rest)] {});
}

void ordered_work::add(std::function<bool()> piece, std::size_t held) {
    std::lock_guard const lock(state_->mutex);
    if (state_->error) return;
    state_->waiting.push_back({std::move(piece), held});
    state_->held += held;
    if (state_->held > most_held) room_.reset();
    if (std::exchange(state_->running, true)) return;
    asio::post(threads_, [&threads = threads_, state = state_] { run(threads, state); });
}

/// On another thread: one piece, and then behind what others have given the threads meanwhile.
void ordered_work::run(asio::thread_pool& threads, std::shared_ptr<shared_state> const& state) {
    std::unique_lock lock(state->mutex);
    if (!state->waiting.empty()) {
        auto next = std::move(state->waiting.front());
        state->waiting.pop_front();
        lock.unlock();
        bool done = true;
        std::exception_ptr error;
        try {
            done = next.work();
        } catch (...) {
            error = std::current_exception();
        }
        if (done || error) next.work = {};
        lock.lock();
        if (next.work && !state->dropped) {
            state->waiting.push_front(std::move(next));
        } else {
            state->held -= next.held;
        }
        if (error) {
            state->error = error;
            state->waiting.clear();
        }
        if (state->held <= most_held / 2 || error) state->tell_room();
    }
    if (!state->waiting.empty()) return asio::post(threads, [&threads, state] { run(threads, state); });
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
