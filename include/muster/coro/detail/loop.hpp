// SPDX-License-Identifier: MIT
// What this layer keeps per execution context: its time, and who waits in it.
#pragma once

#include <muster/coro/awaitable.hpp>

#include <asio/execution_context.hpp>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace muster::coro {
class alarm;
}

namespace muster::coro::detail {

class waiter;

/// A service of the execution context, made at its first use. It owns every coroutine that waits in this layer, so that
/// a context which dies destroys them all, children before parents. Only the list of waiters is shared by threads (the
/// strands of one pool); all else belongs to the one thread that runs the loop.
class loop : public asio::execution_context::service {
  public:
    static asio::execution_context::id id;

    explicit loop(asio::execution_context& context);

    /// The loop of the executor's context; throws wrong_loop for an executor without a context.
    static loop& of(executor const& ex);
    static asio::execution_context const* context_of(executor const& ex);
    bool owns(executor const& ex) const { return context_of(ex) == &context(); }
    asio::execution_context const& context() const { return context_; }

    time_point now() const { return manual_now_ ? *manual_now_ : std::chrono::steady_clock::now(); }

    // Time set by hand (manual_clock).
    using schedule = std::multimap<time_point, alarm*>;
    bool manual() const { return manual_now_.has_value(); }
    void start_manual(time_point now) { manual_now_ = now; }
    void advance_to(time_point now);
    schedule& scheduled() { return schedule_; }

    /// True once several threads have run by turns what waits here, which has no strand. One thread may take over from
    /// another.
    bool is_run_by_several_threads(executor const& ex);

    class turn;

    void add(waiter& w) noexcept;
    void remove(waiter& w) noexcept;
    std::size_t waiting() const;

    /// Tasks that run now, and work for them that runs outside of the loop (to_thread).
    std::atomic<std::size_t> tasks = 0;
    std::atomic<std::size_t> outside = 0;
    std::atomic<std::size_t> cancelled_tasks = 0;  // that run still

    /// One line per waiting coroutine: the task's name and what it waits for.
    std::string describe_waits() const;

  private:
    void shutdown() override;
    waiter* take_first() noexcept;
    bool is_my_turn() const { return turn_of_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }
    void note_thread(bool goes_on);

    asio::execution_context& context_;
    std::optional<time_point> manual_now_;
    schedule schedule_;
    mutable std::mutex mutex_;
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
    std::atomic<std::thread::id> thread_;  // that was seen last
    std::atomic<unsigned> thread_changes_ = 0;
    std::mutex turns_;
    std::atomic<std::thread::id> turn_of_;
};

/// Held while this layer runs something on an executor without a strand: threads that run one context by turns must not
/// do so at once before the first of them is told (wrong_loop). Nests.
class loop::turn {
  public:
    /// `goes_on`: what comes has waited in this loop; otherwise it may be the first of a new thread.
    turn(loop& of, executor const& ex, bool goes_on);
    ~turn();
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;

  private:
    loop* held_ = nullptr;
};

}  // namespace muster::coro::detail
