// SPDX-License-Identifier: MIT
// Events, also for other threads, and units handed out first come, first served.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/event.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/semaphore.hpp>

#include <asio/post.hpp>
#include <mutex>
#include <utility>

namespace muster::coro {

namespace {
awaitable<void> nothing_to_wait_for() {
    co_return;
}
}  // namespace

awaitable<void> event::wait() {
    if (set_) return nothing_to_wait_for();
    detail::wait_mode mode("event::wait");
    mode.unless = &set_;
    return waiters_.wait(mode);
}

// The lock keeps the loop alive while another thread posts to it.
struct remote_event::link {
    explicit link(event& target, executor const& ex) : target(&target), loop_executor(ex) {}

    static void ring(std::shared_ptr<link> const& self) {
        std::lock_guard const lock(self->mutex);
        if (!self->target || std::exchange(self->posted, true)) return;
        asio::post(self->loop_executor, [self] { self->arrive(); });
    }

    void arrive() {
        executor ex;
        {
            std::lock_guard const lock(mutex);
            posted = false;
            ex = loop_executor;
        }
        if (!target) return;
        detail::loop::turn const turn(detail::loop::of(ex), ex, true);
        target->set();
    }

    std::mutex mutex;
    event* target;  // changed on the loop only
    executor loop_executor;
    bool posted = false;
};

remote_event::remote_event(executor const& ex) : link_(std::make_shared<link>(event_, ex)) {}

remote_event::~remote_event() {
    std::lock_guard const lock(link_->mutex);
    link_->target = nullptr;
    link_->loop_executor = executor();
}

std::function<void()> remote_event::setter() const {
    return [self = link_] { link::ring(self); };
}

namespace detail {

bool turnstile::try_enter() noexcept {
    if (units_ == 0) return false;
    --units_;
    return true;
}

awaitable<void> turnstile::enter(char const* label) {
    if (try_enter()) co_return;
    co_await waiters_.wait(wait_mode(label));
    bool const throws = co_await this_coro::throw_if_cancelled();
    auto const cancellation = co_await this_coro::cancellation_state;
    if (!throws || cancellation.cancelled() == asio::cancellation_type::none) co_return;
    leave();
    std::rethrow_exception(aborted());
}

// With units left no coroutine waits, so the next in line gets this one.
void turnstile::leave() noexcept {
    if (waiters_.empty())
        ++units_;
    else
        waiters_.wake_one();
}

}  // namespace detail

awaitable<semaphore::permit> semaphore::acquire() {
    auto const ex = co_await this_coro::executor;
    permits_->bind(ex);
    co_await permits_->enter("semaphore::acquire");
    co_return permit(permits_);
}

std::optional<semaphore::permit> semaphore::try_acquire() {
    if (!permits_->try_enter()) return std::nullopt;
    return permit(permits_);
}

}  // namespace muster::coro
