// SPDX-License-Identifier: MIT
// The stepping of virtual time.
#include "support/virtual_loop.hpp"

namespace support {

void virtual_loop::drive(std::shared_ptr<muster::coro::detail::task_state_base> main) {
    auto step_once = [this] { step(); };
    muster::coro::detail::drive(context_, std::move(main), step_once);
    context_.restart();
    context_.poll();
    if (muster::coro::running_tasks(context_) + muster::coro::waiting_coroutines(context_) > 0)
        throw leftovers("alive after the end of the test:\n" + muster::coro::describe_waits(context_));
}

void virtual_loop::step() {
    context_.restart();
    if (context_.poll() > 0) return;
    if (muster::coro::outside_calls(context_) > 0) {
        context_.run_one();
        return;
    }
    auto const next = clock_.next();
    if (!next) throw nothing_left_to_run("nothing is left to run:\n" + muster::coro::describe_waits(context_));
    clock_.advance_to(*next);
}

}  // namespace support
