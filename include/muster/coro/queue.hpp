// SPDX-License-Identifier: MIT
// A first-in first-out queue between tasks, which knows when everything put into it has been dealt with.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/mistake.hpp>
#include <muster/coro/detail/turnstile.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/errors.hpp>

#include <cstddef>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace muster::coro {

namespace detail {

/// What a queue and its items share, so that an item may outlive its queue.
class queue_core {
  public:
    queue_core(executor const& ex, std::size_t maxsize)
        : spaces(ex, maxsize == 0 ? std::numeric_limits<std::size_t>::max() : maxsize), ready(ex, 0), idle(ex) {}

    void task_done() noexcept {
        if (--unfinished == 0) idle.wake_all();
    }

    turnstile spaces;
    turnstile ready;
    wait_list idle;
    std::size_t unfinished = 0;
};

}  // namespace detail

/// Getters and putters are served first come, first served. No cancellation loses an item: an item that is on its way
/// to a cancelled getter stays in the queue. Use it on its loop only (wrong_loop); must outlive those who wait. An item
/// may outlive it.
///
/// The mistake: `co_await q.get();` takes an item out, drops it, and counts it as finished. Another, with g++ 12:
/// `co_await q.put({host, 3})` of an aggregate, which it destroys twice; name the item and move it in.
template <class T>
class queue {
  public:
    /// maxsize is the number of items that may wait in it, 0 for no bound.
    explicit queue(executor const& ex, std::size_t maxsize = 0)
        : core_(std::make_shared<detail::queue_core>(ex, maxsize)), bounded_(maxsize != 0) {}
    queue(queue const&) = delete;
    queue& operator=(queue const&) = delete;

    /// An item taken out, unfinished until this is destroyed. A program of which a file is built without NDEBUG warns
    /// if the caller never looks at it.
    class [[nodiscard]] item {
      public:
        item(item&& other) noexcept
            : core_(std::move(other.core_)), value_(std::move(other.value_)), seen_(other.seen_) {}
        item& operator=(item&& other) noexcept {
            std::swap(core_, other.core_);
            std::swap(value_, other.value_);
            std::swap(seen_, other.seen_);
            return *this;
        }
        ~item() {
            if (!core_) return;
            if (!seen_) detail::tell_mistake("an item was taken out of a queue and never looked at");
            core_->task_done();
        }
        T& operator*() noexcept { return seen_ = true, value_; }
        T const& operator*() const noexcept { return seen_ = true, value_; }
        T* operator->() noexcept { return &**this; }
        T const* operator->() const noexcept { return &**this; }

      private:
        friend class queue;
        item(std::shared_ptr<detail::queue_core> core, T value) : core_(std::move(core)), value_(std::move(value)) {}
        std::shared_ptr<detail::queue_core> core_;
        T value_;
        mutable bool seen_ = false;
    };

    /// Waits while the queue is full. Throws queue_shut_down, also when that happens in the meantime.
    [[nodiscard]] awaitable<void> put(T value) {
        auto const ex = co_await this_coro::executor;
        core_->idle.bind(ex);
        if (bounded_ && !shut_down_) co_await core_->spaces.enter("queue::put");
        if (shut_down_) throw queue_shut_down();
        push(std::move(value));
    }

    /// False when the queue is full; `value` is untouched then. Throws queue_shut_down.
    bool try_put(T&& value) {
        if (shut_down_) throw queue_shut_down();
        if (bounded_ && !core_->spaces.try_enter()) return false;
        push(std::move(value));
        return true;
    }

    /// Waits while the queue is empty. Throws queue_shut_down when it is empty and was shut down.
    [[nodiscard]] awaitable<item> get() {
        auto const ex = co_await this_coro::executor;
        core_->idle.bind(ex);
        if (shut_down_ && core_->ready.units() == 0) throw queue_shut_down();
        co_await core_->ready.enter("queue::get");
        co_return pop();
    }

    /// The next item, if there is one. It gives no warning of its own: the compiler reports a dropped result.
    [[nodiscard]] std::optional<item> try_get() {
        if (!core_->ready.try_enter()) return std::nullopt;
        auto taken = pop();
        taken.seen_ = true;
        return taken;
    }

    /// Waits until every item that was put has been taken out and its `item` destroyed.
    [[nodiscard]] awaitable<void> join() {
        auto const ex = co_await this_coro::executor;
        core_->idle.bind(ex);
        while (core_->unfinished > 0) co_await core_->idle.wait(detail::wait_mode("queue::join"));
    }

    /// No further put; get returns what is left, then throws. Everybody who waits to put, or to get from the empty
    /// queue, is thrown queue_shut_down.
    void shut_down() {
        shut_down_ = true;
        auto const error = std::make_exception_ptr(queue_shut_down());
        core_->spaces.refuse_all(error);
        core_->ready.refuse_all(error);
    }

    /// Items that wait in it.
    std::size_t size() const noexcept { return items_.size(); }
    bool empty() const noexcept { return items_.empty(); }
    /// Items that were put and are not finished yet, waiting or in work.
    std::size_t unfinished() const noexcept { return core_->unfinished; }

  private:
    void push(T&& value) {
        items_.push_back(std::move(value));
        ++core_->unfinished;
        core_->ready.leave();
    }

    item pop() {
        item taken(core_, std::move(items_.front()));
        items_.pop_front();
        if (bounded_) core_->spaces.leave();
        return taken;
    }

    std::deque<T> items_;
    std::shared_ptr<detail::queue_core> core_;
    bool bounded_;
    bool shut_down_ = false;
};

}  // namespace muster::coro
