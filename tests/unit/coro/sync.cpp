// SPDX-License-Identifier: MIT
// event, remote_event, semaphore.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/semaphore.hpp>
#include <muster/coro/timeout.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::forever;

TEST_CASE("event: level-triggered, for any number of waiters", "[event]") {
    support::virtual_loop loop;
    coro::event e;
    int woken = 0;
    auto waiter = [](coro::event& e, int& woken) -> coro::awaitable<void> {
        co_await e.wait();
        ++woken;
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 0; i < 3; ++i) n.start(waiter(e, woken));
        co_await coro::sleep_for(1s);
        CHECK(woken == 0);
        e.set();
        e.reset();  // those who waited are woken all the same
        co_await coro::sleep_for(1s);
        CHECK(woken == 3);
        auto const late = n.start(waiter(e, woken));
        CHECK_FALSE(late.done());
        e.set();
        co_await coro::sleep_for(0s);
        auto const at_once = n.start(waiter(e, woken));
        CHECK(at_once.finished());
    }));
    CHECK(woken == 5);
}

TEST_CASE("event: a wait made before and awaited after the set", "[event]") {
    support::virtual_loop loop;
    coro::event e;
    auto main = [](coro::event& e) -> coro::awaitable<void> {
        auto wait = e.wait();
        e.set();
        co_await std::move(wait);
    };
    loop.run(main(e));
}

TEST_CASE("event: a cancelled wait leaves the others", "[event]") {
    support::virtual_loop loop;
    coro::event e;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const a = n.start(e.wait());
        auto const b = n.start(e.wait());
        a.cancel();
        co_await a.join();
        CHECK(a.cancelled());
        CHECK_FALSE(b.done());
        e.set();
        co_await b.join();
        CHECK(b.finished());
    }));
}

TEST_CASE("event: the first wait binds it to its loop", "[event]") {
    support::virtual_loop loop, other;
    coro::event e;
    CHECK_THROWS_AS(loop.run(coro::with_timeout(1s, e.wait())), coro::timed_out);
    CHECK_THROWS_AS(other.run(e.wait()), coro::wrong_loop);
}

TEST_CASE("task::join from another loop", "[task]") {
    coro::runner runner, other;
    coro::task<> t(forever());
    auto main = [&]() -> coro::awaitable<void> {
        co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(t);
            std::thread([&] { CHECK_THROWS_AS(other.run(t.join()), coro::wrong_loop); }).join();
            std::thread([&] { CHECK_THROWS_AS(n.start(forever()), coro::wrong_loop); }).join();
            n.cancel();
            co_return;
        });
    };
    runner.run(main());
}

TEST_CASE("remote_event: set from another thread", "[remote_event]") {
    coro::runner runner;
    std::optional<std::thread> thread;
    auto main = [&]() -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::remote_event e(ex);
        thread.emplace([ring = e.setter()] {
            for (int i = 0; i < 100; ++i) ring();
        });
        co_await e.wait();
        CHECK(e.is_set());
        e.reset();
    };
    runner.run(main());
    thread->join();
}

TEST_CASE("remote_event: a setter that outlives the event and the loop", "[remote_event]") {
    bool const rung_before = GENERATE(false, true);
    std::function<void()> ring;
    {
        coro::runner runner;
        auto main = [&]() -> coro::awaitable<void> {
            auto const ex = co_await coro::this_coro::executor;
            coro::remote_event e(ex);
            ring = e.setter();
            if (rung_before) ring();  // on its way when the event dies
            co_return;
        };
        runner.run(main());
        CHECK_NOTHROW(ring());
        runner.run(coro::sleep_for(0s));
    }
    CHECK_NOTHROW(ring());
}

TEST_CASE("semaphore: first come first served, nobody overtakes", "[semaphore]") {
    support::virtual_loop loop;
    coro::semaphore s(1);
    std::vector<int> order;
    auto job = [](coro::semaphore& s, std::vector<int>& order, int id) -> coro::awaitable<void> {
        auto const permit = co_await s.acquire();
        order.push_back(id);
        co_await coro::sleep_for(1s);
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto permit = s.try_acquire();
        REQUIRE(permit);
        CHECK_FALSE(s.try_acquire());
        for (int i = 1; i <= 3; ++i) n.start(job(s, order, i));
        permit->release();
        CHECK_FALSE(s.try_acquire());  // promised to the first in line
        co_return;
    }));
    CHECK(order == std::vector<int>{1, 2, 3});
    CHECK(s.available() == 1);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("semaphore: a cancellation in the tick of the grant loses no permit", "[semaphore]") {
    support::virtual_loop loop;
    coro::semaphore s(1);
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto permit = s.try_acquire();
        auto hold = [](coro::semaphore& s) -> coro::awaitable<void> {
            auto const p = co_await s.acquire();
            co_await coro::sleep_for(1s);
        };
        auto const granted = n.start(hold(s));
        auto const waiting = n.start(hold(s));
        auto const next = n.start(hold(s));
        permit.reset();    // granted to the first ...
        granted.cancel();  // ... which is cancelled before it runs
        waiting.cancel();  // cancelled while it waits
        co_await next.join();
        CHECK(granted.cancelled());
        CHECK(waiting.cancelled());
        CHECK(next.finished());
    }));
    CHECK(s.available() == 1);
}
