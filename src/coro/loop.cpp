// SPDX-License-Identifier: MIT
// The list of everybody who waits in one execution context, and its time.
#include <muster/coro/alarm.hpp>
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/detail/mistake.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/errors.hpp>

#include <asio/execution/context.hpp>
#include <asio/io_context.hpp>
#include <asio/query.hpp>
#include <asio/thread_pool.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "coro/executor_target.hpp"

namespace muster::coro::detail {

asio::execution_context::id loop::id;

loop::loop(asio::execution_context& context) : asio::execution_context::service(context), context_(context) {}

asio::execution_context const* loop::context_of(executor const& ex) {
    return ex ? &asio::query(ex, asio::execution::context) : nullptr;
}

loop& loop::of(executor const& ex) {
    if (!ex) throw wrong_loop("an empty executor belongs to no loop");
    return asio::use_service<loop>(asio::query(ex, asio::execution::context));
}

void loop::advance_to(time_point now) {
    while (!schedule_.empty() && schedule_.begin()->first <= now) {
        manual_now_ = std::max(*manual_now_, schedule_.begin()->first);
        schedule_.begin()->second->ring();
    }
    manual_now_ = std::max(*manual_now_, now);
}

namespace {
// Of the executors that this layer meets those of a context itself; any other may be a strand.
bool is_without_strand(executor const& ex) {
    return target_of<asio::io_context::executor_type>(ex) != nullptr ||
           target_of<asio::thread_pool::executor_type>(ex) != nullptr;
}
}  // namespace

// A loop in which no task runs and nothing goes on may have been left by its thread: the next one begins anew.
void loop::note_thread(bool goes_on) {
    auto const self = std::this_thread::get_id();
    bool const begins = !goes_on && tasks == 0;
    bool const is_same = thread_.exchange(self, std::memory_order_relaxed) == self;
    if (begins)
        thread_changes_.store(0, std::memory_order_relaxed);
    else if (!is_same)
        thread_changes_.fetch_add(1, std::memory_order_relaxed);
}

bool loop::is_run_by_several_threads(executor const& ex) {
    if (!is_without_strand(ex)) return false;
    if (!is_my_turn()) note_thread(false);
    return thread_changes_.load(std::memory_order_relaxed) > 1;
}

loop::turn::turn(loop& of, executor const& ex, bool goes_on) {
    if (!is_without_strand(ex) || of.is_my_turn()) return;
    of.turns_.lock();
    of.note_thread(goes_on);
    of.turn_of_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    held_ = &of;
}

loop::turn::~turn() {
    if (held_ == nullptr) return;
    held_->turn_of_.store(std::thread::id(), std::memory_order_relaxed);
    held_->turns_.unlock();
}

void loop::add(waiter& w) noexcept {
    std::lock_guard const lock(mutex_);
    w.prev_in_loop_ = last_;
    (last_ ? last_->next_in_loop_ : first_) = &w;
    last_ = &w;
}

void loop::remove(waiter& w) noexcept {
    std::lock_guard const lock(mutex_);
    (w.prev_in_loop_ ? w.prev_in_loop_->next_in_loop_ : first_) = w.next_in_loop_;
    (w.next_in_loop_ ? w.next_in_loop_->prev_in_loop_ : last_) = w.prev_in_loop_;
    w.next_in_loop_ = w.prev_in_loop_ = nullptr;
}

std::size_t loop::waiting() const {
    std::lock_guard const lock(mutex_);
    std::size_t n = 0;
    for (auto const* w = first_; w != nullptr; w = w->next_in_loop_) ++n;
    return n;
}

std::string loop::describe_waits() const {
    std::lock_guard const lock(mutex_);
    std::vector<task_state_base const*> tasks;
    for (auto const* w = first_; w != nullptr; w = w->next_in_loop_)
        if (w->mode().joins)
            w->mode().joins->for_each_child([&](task_state_base const& task) { tasks.push_back(&task); });
    std::string text;
    for (auto const* w = first_; w != nullptr; w = w->next_in_loop_) {
        std::string name = "a task without name";
        for (auto const* task : tasks)
            if (task->slot().is_connected() && task->slot() == w->task_slot() && !task->name().empty())
                name = "task '" + task->name() + "'";
        text += name + " waits in " + w->mode().label;
        if (w->mode().joins) text += " for " + std::to_string(w->mode().joins->size()) + " children";
        text += '\n';
    }
    return text;
}

// Frames are destroyed later, by the posts that the handlers of Asio make when they are destroyed unused; a coroutine
// that waits for children is handed to these children.
void loop::shutdown() {
    while (waiter* const w = take_first()) {
        w->unlink();
        std::unique_ptr<waiter> owned(w);
        if (w->mode().joins) w->mode().joins->bury(std::move(owned));
    }
}

waiter* loop::take_first() noexcept {
    std::lock_guard const lock(mutex_);
    return first_;
}

}  // namespace muster::coro::detail
