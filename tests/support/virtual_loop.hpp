// SPDX-License-Identifier: MIT
// A loop whose time jumps to the next deadline when nothing else is left to run.
#pragma once

#include <muster/coro/manual_clock.hpp>
#include <muster/coro/runner.hpp>

#include <asio/io_context.hpp>
#include <memory>
#include <stdexcept>

namespace support {

/// Nothing is ready, no deadline is pending, and the test's coroutine has not ended: what() lists who waits for what.
struct nothing_left_to_run : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Tasks or waiting coroutines are alive after the test's coroutine has ended.
struct leftovers : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class virtual_loop {
  public:
    virtual_loop() : clock_(context_) {}

    /// Runs `main` to its end in virtual time, which begins at 0; its result or exception comes out. Throws
    /// nothing_left_to_run, or leftovers.
    template <class T>
    T run(muster::coro::awaitable<T> main) {
        muster::coro::task<T> const root(std::move(main), "test");
        drive(root.state());
        return muster::coro::detail::take(root);
    }

    /// Virtual time since the construction.
    muster::coro::duration elapsed() const { return clock_.now().time_since_epoch(); }

    asio::io_context& context() { return context_; }
    muster::coro::executor executor() { return context_.get_executor(); }

  private:
    void drive(std::shared_ptr<muster::coro::detail::task_state_base> main);
    void step();

    asio::io_context context_{1};
    muster::coro::manual_clock clock_;
};

/// Runs a coroutine on a virtual loop of its own.
template <class T>
T run_virtual(muster::coro::awaitable<T> main) {
    virtual_loop loop;
    return loop.run(std::move(main));
}

}  // namespace support
