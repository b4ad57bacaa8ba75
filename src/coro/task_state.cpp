// SPDX-License-Identifier: MIT
// The life of a task, from made to ended.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/detail/task_state.hpp>
#include <muster/coro/detail/wait_list.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "coro/executor_target.hpp"

namespace muster::coro::detail {

end_hook::end_hook(task_state_base& task, std::function<void()> call) : task_(&task), call_(std::move(call)) {
    next_ = task.hooks_;
    if (next_) next_->prev_ = this;
    task.hooks_ = this;
}

end_hook::~end_hook() {
    if (!task_) return;
    (prev_ ? prev_->next_ : task_->hooks_) = next_;
    if (next_) next_->prev_ = prev_;
}

task_state_base::task_state_base(std::string name) {
    if (!name.empty()) more().name = std::move(name);
}

task_state_base::~task_state_base() {
    while (hooks_) {
        auto* const hook = std::exchange(hooks_, hooks_->next_);
        hook->task_ = nullptr;
    }
}

task_state_base::extras& task_state_base::more() {
    if (!extras_) extras_ = std::make_unique<extras>();
    return *extras_;
}

std::string const& task_state_base::name() const noexcept {
    static std::string const none;
    return extras_ ? extras_->name : none;
}

void task_state_base::cancel() {
    if (done() || cancel_requested_) return;
    cancel_requested_ = true;
    if (status_ == status::running) {
        ++scope_->owner().cancelled_tasks;
        signal_.emit(asio::cancellation_type::terminal);
        return;
    }
    status_ = status::cancelled;
    drop_work();
    call_hooks();
}

void task_state_base::require_finished() {
    if (!done()) throw invalid_state("the task has not ended yet");
    if (status_ == status::cancelled) std::rethrow_exception(aborted());
    if (status_ == status::finished) return;
    observed_ = true;
    std::rethrow_exception(error_);
}

std::exception_ptr task_state_base::read_error() {
    if (!done()) throw invalid_state("the task has not ended yet");
    observed_ = true;
    return error_;
}

void task_state_base::end_with(std::exception_ptr error, bool is_abort) noexcept {
    if (is_abort && cancel_requested_)
        status_ = status::cancelled;
    else {
        status_ = status::failed;
        error_ = std::move(error);
    }
}

void task_state_base::end() {
    if (status_ == status::running) status_ = status::finished;
    slot_ = {};
    auto const scope = std::move(scope_);
    loop::turn const turn(scope->owner(), executor_, true);
    call_hooks();
    post_callbacks();
    scope->ended(*this);
    if (target_of<asio::io_context::executor_type>(executor_) == nullptr) forget_executor();
}

void task_state_base::call_hooks() {
    for (auto* hook = hooks_; hook != nullptr; hook = hook->next_) hook->call_();
}

void task_state_base::on_done(std::function<void()> call) {
    if (done() && started_ && !executor_) throw invalid_state("the task has ended and its loop is unknown");
    more().callbacks.push_back(std::move(call));
    if (done()) post_callbacks();
}

// A task that was cancelled before it was started has no loop to call on, until it is started.
void task_state_base::post_callbacks() {
    if (!extras_ || !executor_) return;
    for (auto& call : std::exchange(extras_->callbacks, {})) asio::post(executor_, std::move(call));
}

// The context died with the task suspended.
void task_state_base::abandon() noexcept {
    if (status_ != status::running) return;
    status_ = status::cancelled;
    slot_ = {};
    auto const scope = std::move(scope_);
    scope->forget(*this);
    forget_executor();
    if (extras_) auto const never_called = std::exchange(extras_->callbacks, {});  // they may own who waits
}

awaitable<void> join(std::shared_ptr<task_state_base> task) {
    if (task->done()) co_return;
    if (!task->started_) throw invalid_state("a task that was not started has no end to wait for");
    auto const ex = co_await this_coro::executor;
    if (task->executor_ && loop::context_of(task->executor_) != loop::context_of(ex))
        throw wrong_loop("a task was joined from another loop");
    auto const cancellation = co_await this_coro::cancellation_state;
    if (task->slot().is_connected() && task->slot() == cancellation.slot())
        throw invalid_state("a task can't wait for its own end");
    wait_list ended(ex);
    end_hook const hook(*task, [&ended] { ended.wake_all(); });
    co_await ended.wait(wait_mode("task::join"));
}

}  // namespace muster::coro::detail
