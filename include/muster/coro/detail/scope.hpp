// SPDX-License-Identifier: MIT
// The one primitive under everything that has children: start them, wait for all of them, keep every error.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/function_ref.hpp>
#include <muster/coro/detail/task_state.hpp>
#include <muster/coro/detail/wait_list.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

namespace muster::coro {

/// What a nursery does when a child fails.
enum class on_error {
    cancel_siblings,  ///< cancel all other children and the body; every error is thrown at close
    keep_going        ///< no child is cancelled; unread errors are thrown at close
};

/// How a child takes part in the life of its nursery; combine with |.
class child {
  public:
    constexpr child() noexcept = default;
    constexpr explicit child(unsigned flags) noexcept : flags_(flags) {}
    constexpr child operator|(child other) const noexcept { return child(flags_ | other.flags_); }
    constexpr bool has(child other) const noexcept { return (flags_ & other.flags_) == other.flags_; }

  private:
    unsigned flags_ = 0;
};

/// Doesn't keep the nursery open; cancelled when only daemons are left.
inline constexpr child daemon{1};
/// When it has finished (not failed, not cancelled) all the others are cancelled.
inline constexpr child close_on_finish{2};

namespace detail {

class scope;

/// Shared by the opener and the running children: a child keeps it, and through it the suspended opener, alive. So when
/// a context dies with suspended tasks, children are destroyed before their parents.
class scope_state : public std::enable_shared_from_this<scope_state> {
  public:
    scope_state(executor const& ex, on_error policy);
    ~scope_state();
    scope_state(scope_state const&) = delete;
    scope_state& operator=(scope_state const&) = delete;

    /// Starts a fresh task; runs it to its first suspension. With children being cancelled it ends cancelled,
    /// unstarted.
    void start(std::shared_ptr<task_state_base> const& task, child flags, bool is_body = false);
    void cancel();

    bool stopping() const noexcept { return stopping_; }
    bool closed() const noexcept { return closed_; }
    std::size_t size() const noexcept { return children_ - (body_running_ ? 1 : 0); }
    executor const& get_executor() const noexcept { return executor_; }

    /// Throws wrong_loop when it can tell that the caller isn't on the loop.
    void require_loop() const;

    // While held, the scope stays open even without children.
    void hold() noexcept { ++members_; }
    void release();

    /// Every error that is to be thrown; empties the lists.
    std::vector<std::exception_ptr> take_errors();
    void note_error(std::exception_ptr error) { errors_.push_back(std::move(error)); }

    /// Work to be done after the last child, newest first.
    void add_cleanup(std::shared_ptr<task_state_base> work) { cleanups_.push_back(std::move(work)); }
    std::shared_ptr<task_state_base> next_cleanup();
    bool has_cleanup() const noexcept { return !cleanups_.empty(); }

    /// Nobody waits for the task's error any more: one that was not read counts now.
    void settle_claim(task_state_base const& task);

    /// The children that run, for the list of waiting tasks.
    template <class F>
    void for_each_child(F f) const {
        for (auto* c = first_; c != nullptr; c = c->next_) f(*c);
    }

    /// The opener's context dies: its suspended coroutine lives on until the last child is gone.
    void bury(std::unique_ptr<waiter> opener) noexcept;

    loop& owner() const noexcept { return loop_; }

  private:
    friend class scope;
    friend class task_state_base;

    void ended(task_state_base& task);
    void forget(task_state_base& task) noexcept;
    void keep_failure(task_state_base& task);
    void settle();

    executor executor_;
    loop& loop_;
    scope* opener_ = nullptr;
    task_state_base* first_ = nullptr;
    task_state_base* cursor_ = nullptr;  // the next to be cancelled
    std::size_t children_ = 0;
    std::size_t members_ = 0;  // those that keep it open
    std::vector<std::exception_ptr> errors_;
    std::vector<std::shared_ptr<task_state_base>> unread_;
    std::vector<std::shared_ptr<task_state_base>> cleanups_;
    wait_list joiner_;
    std::unique_ptr<waiter> buried_;
    on_error policy_;
    bool stopping_ = false;
    bool closed_ = false;
    bool body_running_ = false;
};

/// The opener's side; lives in the frame of the coroutine that waits for the children.
class scope {
  public:
    scope(executor const& ex, on_error policy);
    ~scope();
    scope(scope const&) = delete;
    scope& operator=(scope const&) = delete;

    scope_state& state() const noexcept { return *state_; }
    std::shared_ptr<scope_state> const& shared() const noexcept { return state_; }

    /// What to do when the opener is cancelled: cancel the children (default), call f, or nothing.
    void on_cancel(function_ref f) { on_cancel_ = f, cancel_children_ = false; }
    void ignore_cancel() { cancel_children_ = false; }

    /// Calls start(), then waits for all children. Throws nothing but keeps what start() threw as an error.
    [[nodiscard]] awaitable<void> run(function_ref start);

    /// After run(): the opener was cancelled in the meantime.
    bool opener_cancelled() const noexcept { return opener_cancelled_; }

    /// After run(): throws an exception_group if there was any error, else operation_aborted if the opener is
    /// cancelled.
    void throw_group();

  private:
    friend class scope_state;
    void begin(function_ref start);
    void cancelled();
    awaitable<void> clean_up();  ///< what was registered, each to its end; keeps errors

    std::shared_ptr<scope_state> state_;
    function_ref on_cancel_;
    bool cancel_children_ = true;
    bool opener_cancelled_ = false;
};

/// Runs the one child of a scope; then: its result may be taken, or its bare exception has been thrown.
awaitable<void> run_single(scope& s, std::shared_ptr<task_state_base> child, function_ref after_start = {},
                           bool const* expired = nullptr);

}  // namespace detail
}  // namespace muster::coro
