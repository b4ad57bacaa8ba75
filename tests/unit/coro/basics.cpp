// SPDX-License-Identifier: MIT
// One use of each function of the layer, as a user writes it.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/coro.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <exception>
#include <memory>
#include <string>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;
using support::run_virtual;

TEST_CASE("wait_all returns every result", "[basics]") {
    auto const [a, b] = run_virtual(coro::wait_all(after(2s, 1), after(1s, std::string("x"))));
    CHECK(a.result() == 1);
    CHECK(b.result() == "x");
}

TEST_CASE("wait_any cancels the slower", "[basics]") {
    auto const [a, b] = run_virtual(coro::wait_any(after(2s, 1), after(1s, 2)));
    CHECK(a.cancelled());
    CHECK(b.result() == 2);
}

TEST_CASE("gather keeps errors as values", "[basics]") {
    auto const [a, b] = run_virtual(coro::gather(after(2s, 1), fail_after(1s)));
    CHECK(a.result() == 1);
    CHECK(b.failed());
}

TEST_CASE("with_timeout throws timed_out at its limit", "[basics]") {
    support::virtual_loop loop;
    CHECK_THROWS_AS(loop.run(coro::with_timeout(5s, forever())), coro::timed_out);
    CHECK(loop.elapsed() == 5s);
    CHECK(loop.run(coro::with_timeout(5s, after(1s, 7))) == 7);
}

TEST_CASE("sleep_until waits for a time of the loop, and for one that has passed not at all", "[basics]") {
    support::virtual_loop loop;
    auto work = []() -> coro::awaitable<coro::duration> {
        auto const begun = co_await coro::now();
        co_await coro::sleep_until(begun + 2s);
        co_await coro::sleep_until(begun + 1s);
        co_return co_await coro::now() - begun;
    };
    CHECK(loop.run(work()) == 2s);
}

TEST_CASE("manual_clock: the time stands until a test advances it", "[basics]") {
    asio::io_context context;
    coro::manual_clock clock(context);
    auto const start = clock.now();
    bool woken = false;
    auto sleeps = [](bool& woken) -> coro::awaitable<void> {
        co_await coro::sleep_for(1h);
        woken = true;
    };
    asio::co_spawn(context, sleeps(woken), [](std::exception_ptr error) { CHECK_FALSE(error); });
    context.poll();
    CHECK(clock.next() == start + 1h);
    clock.advance_to(start + 59min);
    context.restart();
    context.poll();
    CHECK_FALSE(woken);
    clock.advance_to(start + 1h);
    context.restart();
    context.poll();
    CHECK(woken);
}

TEST_CASE("a deadline's clock can stand", "[basics]") {
    support::virtual_loop loop;
    auto work = [](coro::deadline& limit) -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        {
            auto const pause = limit.pause();
            co_await coro::sleep_for(10s);
        }
        co_await forever();
    };
    auto main = [&]() -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::deadline limit(ex, 3s);
        co_await coro::with_deadline(limit, work(limit));
    };
    CHECK_THROWS_AS(loop.run(main()), coro::timed_out);
    CHECK(loop.elapsed() == 13s);
}

TEST_CASE("finally cleans up under a shield", "[basics]") {
    support::virtual_loop loop;
    bool clean = false;
    auto cleanup = [&]() -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        clean = true;
    };
    CHECK_THROWS_AS(loop.run(coro::with_timeout(2s, coro::finally(forever(), cleanup))), coro::timed_out);
    CHECK(clean);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("a queue feeds daemon workers and join waits for them", "[basics]") {
    support::virtual_loop loop;
    int sum = 0;
    auto worker = [](coro::queue<int>& q, int& sum) -> coro::awaitable<void> {
        for (;;) {
            auto item = co_await q.get();
            co_await coro::sleep_for(1s);
            sum += *item;
        }
    };
    auto main = [&]() -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::queue<int> q(ex, 2);
        co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            for (int i = 0; i < 3; ++i) n.start(worker(q, sum), coro::daemon);
            for (int i = 1; i <= 9; ++i) co_await q.put(i);
            co_await q.join();
        });
    };
    loop.run(main());
    CHECK(sum == 45);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("a semaphore bounds what runs at once", "[basics]") {
    support::virtual_loop loop;
    auto job = [](coro::semaphore& s) -> coro::awaitable<void> {
        auto const permit = co_await s.acquire();
        co_await coro::sleep_for(1s);
    };
    coro::semaphore two(2);
    loop.run(coro::wait_all(job(two), job(two), job(two), job(two), job(two)));
    CHECK(loop.elapsed() == 3s);
    CHECK(two.available() == 2);
}

TEST_CASE("to_thread returns the result of a blocking call", "[basics]") {
    asio::thread_pool pool(1);
    auto call = [](std::stop_token) { return std::make_unique<int>(5); };
    CHECK(*run_virtual(coro::to_thread(pool, call)) == 5);
    CHECK(*coro::run(coro::to_thread(pool, call)) == 5);
}

TEST_CASE("a runner runs in real time, one coroutine after the other", "[basics]") {
    coro::runner runner;
    CHECK(runner.run(after(1ms, 3)) == 3);
    CHECK_THROWS_AS(runner.run(fail_after(1ms)), std::runtime_error);
    CHECK_THROWS_AS(runner.run(coro::with_timeout(1ms, forever())), coro::timed_out);
    CHECK(runner.run(after(0s, 4)) == 4);
}
