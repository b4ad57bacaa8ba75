// SPDX-License-Identifier: MIT
// What the handles of one task share: its end state, its result, and who is to be told of its end.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/mistake.hpp>
#include <muster/coro/errors.hpp>

#include <asio/cancellation_signal.hpp>
#include <asio/system_error.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace muster::coro::detail {

class scope_state;
class task_state_base;

inline std::string quoted(std::string const& name) {
    return name.empty() ? std::string() : ": '" + name + "'";
}

enum class status : unsigned char { fresh, running, finished, cancelled, failed };

/// A call made when a task ends, from inside the task: it may wake and post, never resume. Unhooks itself when
/// destroyed.
class end_hook {
  public:
    end_hook(task_state_base& task, std::function<void()> call);
    ~end_hook();
    end_hook(end_hook const&) = delete;
    end_hook& operator=(end_hook const&) = delete;

  private:
    friend class task_state_base;
    task_state_base* task_;
    std::function<void()> call_;
    end_hook* next_ = nullptr;
    end_hook* prev_ = nullptr;
};

class task_state_base : public std::enable_shared_from_this<task_state_base> {
  public:
    explicit task_state_base(std::string name);
    virtual ~task_state_base();
    task_state_base(task_state_base const&) = delete;
    task_state_base& operator=(task_state_base const&) = delete;

    status state() const noexcept { return status_; }
    bool done() const noexcept { return status_ >= status::finished; }
    void cancel();

    /// Throws what result() must throw when there is none.
    void require_finished();
    std::exception_ptr read_error();
    /// The error without marking it as read.
    std::exception_ptr const& error() const noexcept { return error_; }
    bool observed() const noexcept { return observed_; }
    /// Somebody waits to be thrown the error.
    void claim_error(bool on) noexcept { claimed_ = on; }

    std::string const& name() const noexcept;
    void on_done(std::function<void()> call);
    asio::cancellation_slot const& slot() const noexcept { return slot_; }

    /// Runs the work and stores its end here; made when the task is started.
    virtual awaitable<void> body(std::shared_ptr<task_state_base> self) = 0;

  protected:
    // Called by body() in this order.
    void identify(asio::cancellation_slot slot) noexcept { slot_ = slot; }
    void end_with(std::exception_ptr error, bool is_abort) noexcept;
    void end();

  private:
    friend class scope_state;
    friend class end_hook;
    virtual void drop_work() noexcept = 0;
    void abandon() noexcept;
    void call_hooks();
    void post_callbacks();
    void forget_executor() noexcept { executor_ = executor(); }

    struct extras {
        std::string name;
        std::vector<std::function<void()>> callbacks;
    };
    extras& more();

    asio::cancellation_signal signal_;
    asio::cancellation_slot slot_;
    std::shared_ptr<scope_state> scope_;  // while it runs
    task_state_base* next_ = nullptr;     // in the scope, while it runs
    task_state_base* prev_ = nullptr;
    std::exception_ptr error_;
    end_hook* hooks_ = nullptr;
    std::unique_ptr<extras> extras_;
    executor executor_;  // from start to end; afterwards only what may outlive its context, as an io_context's can
    status status_ = status::fresh;
    bool cancel_requested_ = false;
    bool observed_ = false;
    bool claimed_ = false;
    bool daemon_ = false;
    bool close_on_finish_ = false;
    bool body_ = false;
    bool started_ = false;

    friend awaitable<void> join(std::shared_ptr<task_state_base> task);
};

template <class T>
class task_state final : public task_state_base {
  public:
    using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    task_state(awaitable<T> work, std::string name) : task_state_base(std::move(name)), work_(std::move(work)) {
        if (!work_.valid()) throw invalid_state("a task needs a coroutine that was not awaited or moved away before");
    }

    ~task_state() override {
        if (state() == status::fresh) tell_mistake("a task was made and never started" + quoted(name()));
    }

    awaitable<void> body(std::shared_ptr<task_state_base> self) override {
        return run(std::static_pointer_cast<task_state>(std::move(self)));
    }

    stored& value() { return *value_; }

  private:
    // The throw_if_cancelled() keeps every version of Asio from losing the end of a cancelled coroutine.
    static awaitable<void> run(std::shared_ptr<task_state> self) {
        auto const cancellation = co_await this_coro::cancellation_state;
        self->identify(cancellation.slot());
        try {
            if constexpr (std::is_void_v<T>) {
                co_await std::move(self->work_);
                self->value_.emplace();
            } else {
                self->value_.emplace(co_await std::move(self->work_));
            }
        } catch (asio::system_error const& error) {
            self->end_with(std::current_exception(), error.code() == asio::error::operation_aborted);
        } catch (...) {
            self->end_with(std::current_exception(), false);
        }
        co_await this_coro::throw_if_cancelled(false);
        self->end();
    }

    // Not by assignment: that of Asio 1.22 leaks the coroutine it replaces.
    void drop_work() noexcept override { awaitable<T> const dropped(std::move(work_)); }

    awaitable<T> work_;
    std::optional<stored> value_;
};

awaitable<void> join(std::shared_ptr<task_state_base> task);

}  // namespace muster::coro::detail
