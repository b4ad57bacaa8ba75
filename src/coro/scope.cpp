// SPDX-License-Identifier: MIT
// Children and the one that waits for them: the primitive under nursery, wait_*, shield and the time limits.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/io_context.hpp>
#include <asio/prefer.hpp>

#include "coro/executor_target.hpp"

namespace muster::coro::detail {

scope_state::scope_state(executor const& ex, on_error policy)
    : executor_(asio::prefer(ex, asio::execution::outstanding_work.untracked)),
      loop_(loop::of(ex)),
      joiner_(ex),
      policy_(policy) {}

scope_state::~scope_state() {
    for (auto const& work : cleanups_) work->cancel();
}

void scope_state::require_loop() const {
    if (loop_.is_run_by_several_threads(executor_))
        throw wrong_loop("several threads run the nursery's loop: give it one thread, or a strand (on_strand)");
    auto const* const ex = target_of<asio::io_context::executor_type>(executor_);
    if (ex != nullptr && !ex->running_in_this_thread())
        throw wrong_loop("a child was started from outside of the nursery's loop");
}

namespace {

// The completion handler of a child. Destroyed without a call when the context dies.
class reaper {
  public:
    explicit reaper(std::shared_ptr<task_state_base> task, void (*abandon)(task_state_base&))
        : task_(std::move(task)), abandon_(abandon) {}
    reaper(reaper&&) noexcept = default;
    ~reaper() {
        if (task_) abandon_(*task_);
    }

    void operator()(std::exception_ptr error) const {
        if (error) std::rethrow_exception(error);  // out of memory at the end of a task
    }

  private:
    std::shared_ptr<task_state_base> task_;
    void (*abandon_)(task_state_base&);
};

}  // namespace

void scope_state::start(std::shared_ptr<task_state_base> const& task, child flags, bool is_body) {
    if (task->started_) throw invalid_state("a task is started once");
    if (closed_) throw invalid_state("the nursery is closed");
    task->started_ = true;
    task->executor_ = executor_;
    if (stopping_) task->cancel();
    if (task->done()) return task->post_callbacks();  // cancelled before it ran

    task->status_ = status::running;
    task->scope_ = shared_from_this();
    task->daemon_ = flags.has(daemon);
    task->close_on_finish_ = flags.has(close_on_finish);
    task->body_ = is_body;
    task->next_ = first_;
    if (first_) first_->prev_ = task.get();
    first_ = task.get();
    ++children_;
    ++loop_.tasks;
    if (is_body) body_running_ = true;
    if (!task->daemon_) ++members_;

    auto done =
        asio::bind_cancellation_slot(task->signal_.slot(), reaper(task, [](task_state_base& t) { t.abandon(); }));
    asio::co_spawn(executor_, task->body(task), std::move(done));
}

void scope_state::cancel() {
    if (stopping_) return;
    stopping_ = true;
    // A child may end inside of its cancellation and take others with it: ended() keeps the cursor valid.
    for (cursor_ = first_; cursor_ != nullptr;) {
        auto* const task = cursor_;
        cursor_ = task->next_;
        task->cancel();
    }
}

void scope_state::forget(task_state_base& task) noexcept {
    if (cursor_ == &task) cursor_ = task.next_;
    (task.prev_ ? task.prev_->next_ : first_) = task.next_;
    if (task.next_) task.next_->prev_ = task.prev_;
    task.next_ = task.prev_ = nullptr;
    --children_;
    --loop_.tasks;
    if (task.cancel_requested_) --loop_.cancelled_tasks;
    if (task.body_) body_running_ = false;
    if (!task.daemon_) --members_;
}

void scope_state::ended(task_state_base& task) {
    forget(task);
    if (task.state() == status::failed) keep_failure(task);
    if (task.state() == status::finished && task.close_on_finish_) cancel();
    settle();
}

void scope_state::keep_failure(task_state_base& task) {
    if ((policy_ == on_error::cancel_siblings && !task.claimed_) || task.body_) {
        errors_.push_back(task.error());
        cancel();
        return;
    }
    // The ones read since are of no interest any more: a nursery may live for long.
    if (unread_.size() == unread_.capacity()) std::erase_if(unread_, [](auto const& t) { return t->observed(); });
    unread_.push_back(task.shared_from_this());
}

void scope_state::settle_claim(task_state_base const& task) {
    bool const is_unread = task.state() == status::failed && !task.observed();
    if (is_unread && policy_ == on_error::cancel_siblings) cancel();
}

void scope_state::release() {
    --members_;
    settle();
}

void scope_state::settle() {
    if (members_ > 0 || closed_) return;
    if (children_ > 0) return cancel();  // only daemons are left
    closed_ = true;
    joiner_.wake_all();
}

std::vector<std::exception_ptr> scope_state::take_errors() {
    for (auto const& task : std::exchange(unread_, {}))
        if (!task->observed()) errors_.push_back(task->error());
    return std::exchange(errors_, {});
}

void scope_state::bury(std::unique_ptr<waiter> opener) noexcept {
    buried_ = std::move(opener);
    auto const last = std::move(opener_->state_);  // from here on the children alone keep this alive
}

scope::scope(executor const& ex, on_error policy) : state_(std::make_shared<scope_state>(ex, policy)) {
    state_->opener_ = this;
}

scope::~scope() = default;

void scope::cancelled() {
    if (cancel_children_)
        state_->cancel();
    else if (on_cancel_)
        on_cancel_();
}

void scope::begin(function_ref start) {
    loop::turn const turn(state_->loop_, state_->executor_, false);
    state_->hold();
    try {
        start();
    } catch (...) {
        state_->note_error(std::current_exception());
        state_->cancel();
    }
    state_->release();
}

awaitable<void> scope::run(function_ref start) {
    bool const throws = co_await this_coro::throw_if_cancelled();
    auto const cancellation = co_await this_coro::cancellation_state;
    co_await this_coro::throw_if_cancelled(false);

    begin(start);
    // start() ran children, and one of them may have cancelled this very task.
    if (throws && cancellation.cancelled() != asio::cancellation_type::none) cancelled();
    auto forward = [this] { cancelled(); };
    wait_mode mode("a join");
    mode.cancellable = false;
    if (cancel_children_ || on_cancel_) mode.on_cancel = forward;
    mode.joins = state_.get();
    mode.unless = &state_->closed_;
    while (!state_->closed()) co_await state_->joiner_.wait(mode);

    if (state_->has_cleanup()) co_await clean_up();
    opener_cancelled_ = throws && cancellation.cancelled() != asio::cancellation_type::none;
    co_await this_coro::throw_if_cancelled(throws);
}

std::shared_ptr<task_state_base> scope_state::next_cleanup() {
    if (cleanups_.empty()) return nullptr;
    auto work = std::move(cleanups_.back());
    cleanups_.pop_back();
    return work;
}

awaitable<void> scope::clean_up() {
    while (auto const work = state_->next_cleanup()) {
        scope s(state_->get_executor(), on_error::keep_going);
        s.ignore_cancel();
        try {
            co_await run_single(s, work);
        } catch (...) {
            state_->note_error(std::current_exception());
        }
    }
}

void scope::throw_group() {
    auto errors = state_->take_errors();
    if (!errors.empty()) throw exception_group(std::move(errors));
    if (opener_cancelled_) std::rethrow_exception(aborted());
}

awaitable<void> run_single(scope& s, std::shared_ptr<task_state_base> child, function_ref after_start,
                           bool const* expired) {
    auto start = [&] {
        s.state().start(child, {});
        if (after_start && !child->done()) after_start();
    };
    co_await s.run(start);
    auto const errors = s.state().take_errors();
    if (!child->done()) std::rethrow_exception(errors.front());  // it could not be started
    if (child->state() == status::finished) co_return;
    if (child->state() == status::failed) child->require_finished();
    if (!s.opener_cancelled() && expired && *expired) throw timed_out();
    std::rethrow_exception(aborted());
}

}  // namespace muster::coro::detail
