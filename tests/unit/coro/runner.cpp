// SPDX-License-Identifier: MIT
// runner and run: reuse, nesting, leftovers, signals.
#include "support/coro.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/wait.hpp>

#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <memory>
#include <optional>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;
using support::throws_aborted;

TEST_CASE("runner: a second run after an exception", "[runner]") {
    coro::runner runner;
    CHECK_THROWS_AS(runner.run(fail_after(1ms)), std::runtime_error);
    CHECK_THROWS_AS(runner.run(coro::wait_all(fail_after(1ms), forever())), coro::exception_group);
    CHECK(runner.run(after(1ms, 1)) == 1);
}

TEST_CASE("runner: a move-only result", "[runner]") {
    CHECK(*coro::run(after(0s, std::make_unique<int>(2))) == 2);
}

TEST_CASE("runner: run inside of a running loop throws", "[runner]") {
    coro::runner runner;
    auto main = [](coro::runner& same) -> coro::awaitable<int> {
        CHECK_THROWS_AS(same.run(after(0s, 1)), coro::invalid_state);
        CHECK_THROWS_AS(coro::run(after(0s, 1)), coro::invalid_state);
        co_return 1;
    };
    CHECK(runner.run(main(runner)) == 1);
    CHECK(coro::run(after(0s, 1)) == 1);
}

TEST_CASE("runner: leftovers go on in the next run, and die with the runner", "[runner]") {
    auto const held = std::make_shared<int>(0);
    int turns = 0;
    auto leftover = [](std::shared_ptr<int>, int& turns) -> coro::awaitable<void> {
        for (;;) {
            co_await coro::sleep_for(0s);
            ++turns;
        }
    };
    {
        coro::runner runner;
        std::optional<coro::task<>> task;
        // A run that is stopped by other hands leaves its coroutine behind.
        auto main = [&]() -> coro::awaitable<void> {
            co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                auto stubborn = [](coro::awaitable<void> work) -> coro::awaitable<void> {
                    co_await coro::this_coro::reset_cancellation_state(asio::disable_cancellation());
                    co_await std::move(work);
                };
                n.start(stubborn(leftover(held, turns)));
                runner.context().stop();
                co_return;
            });
        };
        CHECK_THROWS_AS(runner.run(main()), coro::invalid_state);
        CHECK(held.use_count() == 2);
        int const before = turns;
        CHECK(runner.run(after(5ms, 3)) == 3);
        CHECK(turns > before);
    }
    CHECK(held.use_count() == 1);
}

TEST_CASE("runner: an exception of a plain handler cancels the run and leaves it usable", "[runner]") {
    coro::runner runner;
    coro::task<> child(forever());
    auto faulty = [](asio::io_context& context) -> coro::awaitable<void> {
        asio::post(context, [] { throw std::runtime_error("handler"); });
        co_return;
    };
    CHECK_THROWS_AS(runner.run(coro::wait_all(child, faulty(runner.context()))), std::runtime_error);
    CHECK(child.cancelled());
    CHECK(runner.run(after(1ms, 1)) == 1);
}

TEST_CASE("runner: cancel ends the run in progress", "[runner]") {
    coro::runner runner;
    runner.cancel();  // no run, no effect
    asio::post(runner.context(), [&] { runner.cancel(); });
    CHECK(throws_aborted([&] { runner.run(forever()); }));
    CHECK(runner.run(after(0s, 1)) == 1);
}

TEST_CASE("runner: SIGINT cancels the root task, which cleans up", "[runner]") {
    coro::runner runner;
    coro::task<> child(forever());
    asio::signal_set signals(runner.context(), SIGINT);
    signals.async_wait([&](asio::error_code error, int) {
        if (!error) runner.cancel();
    });
    asio::post(runner.context(), [] { std::raise(SIGINT); });
    CHECK(throws_aborted([&] { runner.run(coro::wait_all(child)); }));
    CHECK(child.cancelled());
}

TEST_CASE("runner: a signal as a daemon of the work", "[runner]") {
    auto watch = [](coro::task<int> work) -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        asio::signal_set signals(ex, SIGUSR1);
        co_await coro::sleep_for(0s);
        std::raise(SIGUSR1);
        co_await signals.async_wait(asio::use_awaitable);
        work.cancel();
        co_await signals.async_wait(asio::use_awaitable);  // cancelled with the daemon
    };
    auto slow = []() -> coro::awaitable<int> {
        co_await forever();
        co_return 1;
    };
    coro::task<int> work(slow());
    coro::run(coro::run_as_daemon(watch(work), work));
    CHECK(work.cancelled());
}
