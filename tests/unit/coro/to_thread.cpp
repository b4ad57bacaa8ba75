// SPDX-License-Identifier: MIT
// Blocking calls on another thread, awaited from the loop.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/to_thread.hpp>

#include <asio/thread_pool.hpp>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

using namespace muster;
using namespace std::chrono_literals;

TEST_CASE("to_thread: runs elsewhere, resumes on the loop's thread", "[to_thread]") {
    asio::thread_pool pool(1);
    std::thread::id there;
    auto main = [&]() -> coro::awaitable<std::unique_ptr<int>> {
        auto call = [&there](std::stop_token) {
            there = std::this_thread::get_id();
            return std::make_unique<int>(3);
        };
        auto v = co_await coro::to_thread(pool, call);
        CHECK(std::this_thread::get_id() != there);
        co_return v;
    };
    CHECK(*coro::run(main()) == 3);
    CHECK(there != std::this_thread::get_id());
}

TEST_CASE("to_thread: an exception crosses, void as well", "[to_thread]") {
    asio::thread_pool pool(1);
    int calls = 0;
    coro::run(coro::to_thread(pool, [&](std::stop_token) { ++calls; }));
    CHECK(calls == 1);
    auto fails = [](std::stop_token) -> int { throw std::out_of_range("there"); };
    CHECK_THROWS_AS(coro::run(coro::to_thread(pool, fails)), std::out_of_range);
}

TEST_CASE("to_thread: a cancellation requests the stop and waits for the end", "[to_thread]") {
    asio::thread_pool pool(1);
    std::atomic<bool> ended = false;
    std::promise<void> begun;
    auto call = [&](std::stop_token stop) {
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::yield();
        ended = true;
        return 1;
    };
    coro::task<int> t(coro::to_thread(pool, call));
    coro::run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(t);
        begun.get_future().wait();
        t.cancel();
        co_await t.join();
        CHECK(ended);
    }));
    CHECK(t.result() == 1);  // a result that comes all the same
}

TEST_CASE("to_thread: a cancelled call that hasn't begun never begins", "[to_thread]") {
    asio::thread_pool pool(1);
    std::promise<void> gate;
    std::atomic<int> calls = 0;
    auto wait = [&](std::stop_token) { gate.get_future().wait(); };
    auto count = [&](std::stop_token) { ++calls; };
    coro::run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const blocker = n.start(coro::to_thread(pool, wait));
        auto const queued = n.start(coro::to_thread(pool, count));
        queued.cancel();
        co_await queued.join();
        CHECK(queued.cancelled());
        CHECK_FALSE(blocker.done());
        gate.set_value();
    }));
    pool.join();
    CHECK(calls == 0);
}

TEST_CASE("to_thread: abandon leaves at once, the call runs on with what it owns", "[to_thread]") {
    asio::thread_pool pool(1);
    auto const begun = std::make_shared<std::promise<void>>();
    auto const gate = std::make_shared<std::promise<void>>();
    auto call = [begun, gate](std::stop_token) {
        begun->set_value();
        gate->get_future().wait();
    };
    {
        coro::task<> t(coro::to_thread(pool, call, coro::on_cancel::abandon));
        coro::run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(t);
            begun->get_future().wait();
            t.cancel();
            co_await t.join();
        }));
        CHECK(t.cancelled());
    }
    gate->set_value();  // the loop is gone by now
    pool.join();
}

TEST_CASE("to_thread: a pool that was stopped begins no call, and the caller can be cancelled", "[to_thread]") {
    asio::thread_pool pool(1);
    pool.stop();
    auto call = coro::to_thread(pool, [](std::stop_token) {});
    CHECK_THROWS_AS(coro::run(coro::with_timeout(1ms, std::move(call))), coro::timed_out);
}

TEST_CASE("to_thread: a pool that is destroyed before the call began", "[to_thread]") {
    auto pool = std::make_unique<asio::thread_pool>(1);
    std::promise<void> begun;
    auto blocks = [&](std::stop_token stop) {
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::yield();
    };
    coro::task<> first(coro::to_thread(*pool, blocks)), second(coro::to_thread(*pool, [](std::stop_token) {}));
    coro::run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(first);
            begun.get_future().wait();
            n.start(second);
            pool->stop();
            first.cancel();
            pool.reset();
            co_await second.join();
            CHECK_THROWS_AS(second.result(), coro::invalid_state);
        },
        coro::on_error::keep_going));
    CHECK(first.finished());
}

TEST_CASE("to_thread: a context that dies while the call runs", "[to_thread]") {
    asio::thread_pool pool(1);
    std::promise<void> begun;
    std::atomic<bool> ended = false;
    auto call = [&](std::stop_token stop) {
        begun.set_value();
        while (!stop.stop_requested()) std::this_thread::yield();
        std::this_thread::sleep_for(50ms);
        ended = true;
    };
    {
        coro::runner runner;
        auto main = [&]() -> coro::awaitable<void> {
            co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                n.start(coro::to_thread(pool, call));
                begun.get_future().wait();
                runner.context().stop();
                co_return;
            });
        };
        CHECK_THROWS_AS(runner.run(main()), coro::invalid_state);
    }
    CHECK(ended);  // it was waited for: it may use what the coroutine owned
    pool.join();
}

TEST_CASE("to_thread: virtual time waits for it", "[to_thread]") {
    asio::thread_pool pool(1);
    support::virtual_loop loop;
    auto main = [&]() -> coro::awaitable<void> {
        co_await coro::with_timeout(1s, coro::to_thread(pool, [](std::stop_token) { std::this_thread::yield(); }));
    };
    loop.run(main());
    CHECK(loop.elapsed() == 0s);
}
