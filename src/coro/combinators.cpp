// SPDX-License-Identifier: MIT
// What wait_all, wait_any, gather, wait and finally share for all types.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/queue.hpp>
#include <muster/coro/shield.hpp>
#include <muster/coro/wait.hpp>

#include <algorithm>
#include <deque>

namespace muster::coro::detail {

namespace {

using children_list = std::vector<start_of>;

/// Starts one child after the other and waits for its end, until none is left.
awaitable<void> start_in_turn(scope_state& state, children_list const& children, std::size_t& next) {
    while (next < children.size()) {
        auto const& child = children[next++];
        state.start(child.task, child.flags);
        co_await join(child.task);
    }
}

void start_children(scope_state& state, children_list const& children, std::size_t at_once, std::size_t& next) {
    if (at_once == 0 || at_once >= children.size()) {
        for (auto const& child : children) state.start(child.task, child.flags);
        return;
    }
    for (std::size_t n = 0; n < at_once; ++n)
        state.start(std::make_shared<task_state<void>>(start_in_turn(state, children, next), "in turn"), child());
}

void cancel_unstarted(children_list const& children) {
    for (auto const& child : children)
        if (child.task->state() == status::fresh) child.task->cancel();
}

}  // namespace

awaitable<void> run_children(children_list children, failures mode, std::size_t at_once) {
    auto const ex = co_await this_coro::executor;
    bool const thrown = mode == failures::thrown;
    std::size_t next = 0;
    scope s(ex, thrown ? on_error::cancel_siblings : on_error::keep_going);
    auto start = [&] { start_children(s.state(), children, at_once, next); };
    co_await s.run(start);
    cancel_unstarted(children);
    if (!thrown && !s.opener_cancelled())  // otherwise the caller gets no tasks: the errors are thrown after all
        for (auto const& child : children)
            if (child.task->done()) (void)child.task->read_error();
    s.throw_group();
}

namespace {

using end_queue = queue<std::size_t>;

awaitable<void> tell_ends(end_queue& ended, std::size_t count, std::function<void(std::size_t)> const& told) {
    for (std::size_t n = 0; n < count; ++n) {
        auto const index = co_await ended.get();
        told(*index);
    }
}

}  // namespace

awaitable<void> run_telling(children_list children, std::size_t at_once, std::function<void(std::size_t)> told) {
    auto const ex = co_await this_coro::executor;
    end_queue ended(ex);
    std::deque<end_hook> hooks;
    for (std::size_t n = 0; n < children.size(); ++n)
        hooks.emplace_back(*children[n].task, [&ended, n] { ended.try_put(std::size_t(n)); });
    std::size_t next = 0;
    scope s(ex, on_error::keep_going);
    auto start = [&] {
        auto const teller = std::make_shared<task_state<void>>(tell_ends(ended, children.size(), told), "as_completed");
        s.state().start(teller, {}, true);
        start_children(s.state(), children, at_once, next);
    };
    co_await s.run(start);
    cancel_unstarted(children);
    s.throw_group();
}

awaitable<void> wait_for(std::vector<std::shared_ptr<task_state_base>> tasks, return_when when) {
    auto satisfied = [&] {
        auto const done = [](auto const& task) { return task->done(); };
        auto const failed = [](auto const& task) { return task->state() == status::failed; };
        if (std::all_of(tasks.begin(), tasks.end(), done)) return true;
        if (when == return_when::first_completed) return std::any_of(tasks.begin(), tasks.end(), done);
        return when == return_when::first_exception && std::any_of(tasks.begin(), tasks.end(), failed);
    };
    if (satisfied()) co_return;
    for (auto const& task : tasks)
        if (task->state() == status::fresh) throw invalid_state("a task that was not started has no end to wait for");

    auto const ex = co_await this_coro::executor;
    wait_list changed(ex);
    std::deque<end_hook> hooks;
    for (auto const& task : tasks)
        if (!task->done())
            hooks.emplace_back(*task, [&] {
                if (satisfied()) changed.wake_all();
            });
    while (!satisfied()) co_await changed.wait(wait_mode("wait"));
}

void throw_combined(std::exception_ptr work, std::exception_ptr cleanup) {
    if (!work && !cleanup) return;
    if (!cleanup) std::rethrow_exception(work);
    if (!work) std::rethrow_exception(cleanup);
    try {
        std::rethrow_exception(work);
    } catch (asio::system_error const& error) {
        if (error.code() == asio::error::operation_aborted) std::rethrow_exception(cleanup);
    } catch (...) {
    }
    throw exception_group({work, cleanup});
}

}  // namespace muster::coro::detail
