// SPDX-License-Identifier: MIT
// What wait_all, wait_any, gather, wait and finally share for all types.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/shield.hpp>
#include <muster/coro/wait.hpp>

#include <algorithm>
#include <deque>

namespace muster::coro::detail {

awaitable<void> run_children(std::vector<start_of> children, failures mode) {
    auto const ex = co_await this_coro::executor;
    bool const thrown = mode == failures::thrown;
    scope s(ex, thrown ? on_error::cancel_siblings : on_error::keep_going);
    auto start = [&] {
        for (auto const& child : children) s.state().start(child.task, child.flags);
    };
    co_await s.run(start);
    if (!thrown && !s.opener_cancelled())  // otherwise nobody gets the tasks: the errors are thrown after all
        for (auto const& child : children)
            if (child.task->done()) (void)child.task->read_error();
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
