// SPDX-License-Identifier: MIT
// Coroutines that wait for a notification: the one way to suspend in this layer.
#pragma once

#include <muster/coro/awaitable.hpp>
#include <muster/coro/detail/function_ref.hpp>

#include <asio/cancellation_signal.hpp>
#include <cstddef>
#include <exception>
#include <memory>

namespace muster::coro::detail {

class loop;
class scope_state;
class wait_list;

/// What a waiting coroutine does about cancellation, and what it says it waits for.
struct wait_mode {
    explicit wait_mode(char const* what) : label(what) {}

    char const* label;
    bool const* unless = nullptr;  ///< true when the waiting begins: there is nothing to wait for
    bool cancellable = true;       ///< a cancelled wait throws operation_aborted
    function_ref on_cancel;        ///< if not cancellable: told of the request, the wait goes on
    scope_state* joins = nullptr;  ///< waits for the children of this scope
};

/// One suspended coroutine. Owned by the loop until resumed; unlinked from list and loop from then on.
class waiter {
  public:
    waiter(loop& owner, wait_mode const& mode) : owner_(&owner), mode_(mode) {}
    virtual ~waiter() { unlink(); }
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;

    /// Posts the coroutine to its executor; it continues by throwing `error` unless that is null. *this is gone.
    virtual void resume(std::exception_ptr error) = 0;

    /// The slot of the task that waits, which tells tasks from each other.
    virtual asio::cancellation_slot task_slot() const = 0;

    void request_cancel();
    wait_mode const& mode() const { return mode_; }

  protected:
    void unlink() noexcept;
    loop& owner() const { return *owner_; }  // of one that was not resumed

  private:
    friend class wait_list;
    friend class loop;

    loop* owner_;
    wait_mode mode_;
    wait_list* list_ = nullptr;
    waiter* next_ = nullptr;
    waiter* prev_ = nullptr;
    waiter* next_in_loop_ = nullptr;
    waiter* prev_in_loop_ = nullptr;
};

/// A first-in first-out list of waiting coroutines, all of one loop: the first that waits binds the list to its loop.
/// Must outlive its waiters. A notification and a cancellation in the same turn: the first one counts, and the level
/// flag of the task stays set either way.
class wait_list {
  public:
    wait_list() = default;
    explicit wait_list(executor const& ex);
    ~wait_list();
    wait_list(wait_list const&) = delete;
    wait_list& operator=(wait_list const&) = delete;

    /// Waits for a notification. Throws wrong_loop when awaited on another loop than the list's.
    [[nodiscard]] awaitable<void> wait(wait_mode mode);

    void wake_one() noexcept;
    void wake_all(std::exception_ptr error = nullptr) noexcept;
    bool empty() const noexcept { return first_ == nullptr; }

    /// Throws wrong_loop unless the executor belongs to the list's loop; binds an unbound list.
    void bind(executor const& ex);

  private:
    friend class waiter;
    friend class loop;
    void push_back(waiter& w) noexcept;
    void erase(waiter& w) noexcept;

    loop* loop_ = nullptr;
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
};

/// operation_aborted, as thrown by a cancelled wait.
std::exception_ptr aborted();

}  // namespace muster::coro::detail
