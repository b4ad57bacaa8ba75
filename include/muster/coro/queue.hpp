// SPDX-License-Identifier: MIT
// A first-in first-out queue between tasks, which knows when everything put into it has been dealt with.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/turnstile.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/errors.hpp>

#include <cassert>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

namespace muster::coro {

/// Getters and putters are served first come, first served. No cancellation loses an item: an item that is on its way
/// to a cancelled getter stays in the queue. Use it on its loop only (wrong_loop); must outlive its items.
template <class T>
class queue {
  public:
    /// maxsize is the number of items that may wait in it, 0 for no bound.
    explicit queue(executor const& ex, std::size_t maxsize = 0)
        : spaces_(ex, maxsize == 0 ? unbounded : maxsize), ready_(ex, 0), idle_(ex), bounded_(maxsize != 0) {}
    ~queue() { assert(in_work_ == 0 && "an item outlives its queue"); }
    queue(queue const&) = delete;
    queue& operator=(queue const&) = delete;

    /// An item taken out, unfinished until this is destroyed.
    class [[nodiscard]] item {
      public:
        item(item&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), value_(std::move(other.value_)) {}
        item& operator=(item&& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(value_, other.value_);
            return *this;
        }
        ~item() {
            if (owner_) owner_->task_done();
        }
        T& operator*() noexcept { return value_; }
        T const& operator*() const noexcept { return value_; }
        T* operator->() noexcept { return &value_; }
        T const* operator->() const noexcept { return &value_; }

      private:
        friend class queue;
        item(queue& owner, T value) : owner_(&owner), value_(std::move(value)) { ++owner.in_work_; }
        queue* owner_;
        T value_;
    };

    /// Waits while the queue is full. Throws queue_shut_down, also when that happens in the meantime.
    [[nodiscard]] awaitable<void> put(T value) {
        auto const ex = co_await this_coro::executor;
        idle_.bind(ex);
        if (bounded_ && !shut_down_) co_await spaces_.enter("queue::put");
        if (shut_down_) throw queue_shut_down();
        push(std::move(value));
    }

    /// False when the queue is full; `value` is untouched then. Throws queue_shut_down.
    bool try_put(T&& value) {
        if (shut_down_) throw queue_shut_down();
        if (bounded_ && !spaces_.try_enter()) return false;
        push(std::move(value));
        return true;
    }

    /// Waits while the queue is empty. Throws queue_shut_down when it is empty and was shut down.
    [[nodiscard]] awaitable<item> get() {
        auto const ex = co_await this_coro::executor;
        idle_.bind(ex);
        if (shut_down_ && ready_.units() == 0) throw queue_shut_down();
        co_await ready_.enter("queue::get");
        co_return pop();
    }

    std::optional<item> try_get() {
        if (!ready_.try_enter()) return std::nullopt;
        return pop();
    }

    /// Waits until every item that was put has been taken out and its `item` destroyed.
    [[nodiscard]] awaitable<void> join() {
        auto const ex = co_await this_coro::executor;
        idle_.bind(ex);
        while (unfinished_ > 0) co_await idle_.wait(detail::wait_mode("queue::join"));
    }

    /// No further put; get returns what is left, then throws. Everybody who waits to put, or to get from the empty
    /// queue, is thrown queue_shut_down.
    void shut_down() {
        shut_down_ = true;
        auto const error = std::make_exception_ptr(queue_shut_down());
        spaces_.refuse_all(error);
        ready_.refuse_all(error);
    }

    /// Items that wait in it.
    std::size_t size() const noexcept { return items_.size(); }
    bool empty() const noexcept { return items_.empty(); }
    /// Items that were put and are not finished yet, waiting or in work.
    std::size_t unfinished() const noexcept { return unfinished_; }

  private:
    static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

    void push(T&& value) {
        items_.push_back(std::move(value));
        ++unfinished_;
        ready_.leave();
    }

    item pop() {
        item taken(*this, std::move(items_.front()));
        items_.pop_front();
        if (bounded_) spaces_.leave();
        return taken;
    }

    void task_done() noexcept {
        --in_work_;
        if (--unfinished_ == 0) idle_.wake_all();
    }

    std::deque<T> items_;
    detail::turnstile spaces_;
    detail::turnstile ready_;
    detail::wait_list idle_;
    std::size_t unfinished_ = 0;
    std::size_t in_work_ = 0;
    bool bounded_;
    bool shut_down_ = false;
};

}  // namespace muster::coro
