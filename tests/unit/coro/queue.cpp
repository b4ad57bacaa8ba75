// SPDX-License-Identifier: MIT
// The queue: bounds, order, items as guards, join, shut_down, and what cancellation must not lose.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/queue.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::errors_of;
using support::forever;

namespace {

coro::awaitable<void> take(coro::queue<int>& q, std::vector<int>& taken, int from = 0) {
    auto const item = co_await q.get();
    taken.push_back(from * 100 + *item);
}

coro::awaitable<void> put(coro::queue<int>& q, int value, std::vector<int>& order) {
    co_await q.put(value);
    order.push_back(value);
}

}  // namespace

TEST_CASE("queue: join with nothing ever put returns at once", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    loop.run(q.join());
    CHECK(q.empty());
    CHECK(q.unfinished() == 0);
}

TEST_CASE("queue: an item is finished when it is destroyed, not when it is taken", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    auto main = [](coro::queue<int>& q) -> coro::awaitable<void> {
        co_await q.put(1);
        co_await q.put(2);
        CHECK(q.size() == 2);
        {
            auto item = co_await q.get();
            CHECK(*item == 1);
            CHECK(q.size() == 1);
            CHECK(q.unfinished() == 2);
            item = co_await q.get();  // the first is finished here
            CHECK(*item == 2);
            CHECK(q.unfinished() == 1);
            auto const moved = std::move(item);
            CHECK(q.unfinished() == 1);
        }
        CHECK(q.unfinished() == 0);
        co_await q.join();
    };
    loop.run(main(q));
}

TEST_CASE("queue: maxsize holds putters back, first come first served", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor(), 2);
    std::vector<int> order, taken;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 1; i <= 5; ++i) n.start(put(q, i, order));
        co_await coro::sleep_for(1s);
        CHECK(order == std::vector<int>{1, 2});
        CHECK_FALSE(q.try_put(9));
        co_await take(q, taken);
        // The space belongs to the putter that waits: a newcomer can't take it.
        CHECK_FALSE(q.try_put(9));
        co_await coro::sleep_for(1s);
        CHECK(order == std::vector<int>{1, 2, 3});
        for (int i = 0; i < 4; ++i) co_await take(q, taken);
    }));
    CHECK(order == std::vector<int>{1, 2, 3, 4, 5});
    CHECK(taken == std::vector<int>{1, 2, 3, 4, 5});
}

TEST_CASE("queue: getters are served first come first served", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    std::vector<int> taken;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 1; i <= 3; ++i) n.start(take(q, taken, i));
        CHECK(q.try_put(1));
        CHECK(q.try_put(2));
        // Both items belong to getters that were woken but have not run: a newcomer gets nothing.
        CHECK_FALSE(q.try_get().has_value());
        CHECK(q.try_put(3));
        co_return;
    }));
    CHECK(taken == std::vector<int>{101, 202, 303});
}

TEST_CASE("queue: notify and cancel in the same tick lose no item", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    std::vector<int> taken;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const doomed = n.start(take(q, taken, 1));
        n.start(take(q, taken, 2));
        CHECK(q.try_put(1));  // wakes the first getter ...
        doomed.cancel();      // ... which is cancelled before it runs
        co_await doomed.join();
        CHECK(doomed.cancelled());
        co_await coro::sleep_for(1s);
    }));
    CHECK(taken == std::vector<int>{201});
    CHECK(q.unfinished() == 0);
}

TEST_CASE("queue: cancel and notify in the same tick lose no item", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    std::vector<int> taken;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const doomed = n.start(take(q, taken, 1));
        doomed.cancel();
        CHECK(q.try_put(1));
        co_await doomed.join();
        CHECK(doomed.cancelled());
        CHECK(q.size() == 1);
        co_await take(q, taken, 2);
    }));
    CHECK(taken == std::vector<int>{201});
}

TEST_CASE("queue: a cancelled putter gives its space on", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor(), 1);
    std::vector<int> order, taken;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        co_await q.put(1);
        auto const doomed = n.start(put(q, 2, order));
        n.start(put(q, 3, order));
        co_await take(q, taken);  // the space goes to the first putter ...
        doomed.cancel();          // ... which is cancelled before it runs
        co_await coro::sleep_for(1s);
        co_await take(q, taken);
    }));
    CHECK(order == std::vector<int>{3});
    CHECK(taken == std::vector<int>{1, 3});
}

TEST_CASE("queue: an exception or a cancellation between get and the end of the item", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    auto worker = [](coro::queue<int>& q, bool fail) -> coro::awaitable<void> {
        auto const item = co_await q.get();
        if (fail) throw std::runtime_error("in work");
        co_await forever();
    };
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            CHECK(q.try_put(1));
            CHECK(q.try_put(2));
            auto const fails = n.start(worker(q, true));
            auto const hangs = n.start(worker(q, false));
            co_await fails.join();
            CHECK(fails.exception() != nullptr);
            CHECK(q.unfinished() == 1);
            hangs.cancel();
            co_await q.join();
            CHECK(q.unfinished() == 0);
        },
        coro::on_error::keep_going));
}

TEST_CASE("queue: join with all workers dead is cancelled by the first death", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    auto worker = [](coro::queue<int>& q) -> coro::awaitable<void> {
        auto item = co_await q.get();
        co_await coro::sleep_for(1s);
        throw std::runtime_error("worker died at " + std::to_string(*item));
    };
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      for (int i = 0; i < 2; ++i) n.start(worker(q), coro::daemon);
                                      for (int i = 0; i < 9; ++i) co_await q.put(i);
                                      co_await q.join();
                                  }));
    CHECK(errors == std::vector<std::string>{"worker died at 0", "worker died at 1"});
    CHECK(q.size() == 7);
}

TEST_CASE("queue: shut_down wakes all", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> full(loop.executor(), 1), empty(loop.executor());
    std::vector<int> order, taken;
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            co_await full.put(1);
            auto const putter = n.start(put(full, 2, order));
            auto const getter = n.start(take(empty, taken));
            co_await coro::sleep_for(1s);
            full.shut_down();
            empty.shut_down();
            co_await coro::sleep_for(1s);
            CHECK_THROWS_AS(putter.result(), coro::queue_shut_down);
            CHECK_THROWS_AS(getter.result(), coro::queue_shut_down);
            CHECK_THROWS_AS(full.try_put(3), coro::queue_shut_down);
            auto const late = n.start(put(full, 3, order));
            CHECK_THROWS_AS(late.result(), coro::queue_shut_down);

            co_await take(full, taken);  // what is in it comes out
            auto const last = n.start(take(full, taken));
            CHECK_THROWS_AS(last.result(), coro::queue_shut_down);
            co_await full.join();
        },
        coro::on_error::keep_going));
    CHECK(taken == std::vector<int>{1});
    CHECK(order.empty());
}

TEST_CASE("queue: move-only items", "[queue]") {
    support::virtual_loop loop;
    coro::queue<std::unique_ptr<int>> q(loop.executor());
    auto main = [](coro::queue<std::unique_ptr<int>>& q) -> coro::awaitable<void> {
        co_await q.put(std::make_unique<int>(5));
        auto item = co_await q.get();
        CHECK(**item == 5);
    };
    loop.run(main(q));
}

TEST_CASE("queue: put, get and join from another loop", "[queue]") {
    support::virtual_loop own, other;
    coro::queue<int> q(own.executor());
    std::vector<int> v;
    CHECK_THROWS_AS(other.run(put(q, 1, v)), coro::wrong_loop);
    CHECK_THROWS_AS(other.run(take(q, v)), coro::wrong_loop);
    CHECK_THROWS_AS(other.run(q.join()), coro::wrong_loop);
    own.run(put(q, 1, v));
    own.run(take(q, v));
}

TEST_CASE("queue: two stages, each shut down after the one before", "[queue]") {
    support::virtual_loop loop;
    coro::queue<int> raw(loop.executor(), 2), cooked(loop.executor(), 2);
    std::vector<int> out;
    auto cook = [](coro::queue<int>& from, coro::queue<int>& to) -> coro::awaitable<void> {
        for (;;) {
            auto item = co_await from.get();
            co_await coro::sleep_for(1s);
            co_await to.put(*item * 10);
        }
    };
    auto serve = [](coro::queue<int>& from, std::vector<int>& out) -> coro::awaitable<void> {
        for (;;) {
            auto item = co_await from.get();
            out.push_back(*item);
        }
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 0; i < 3; ++i) n.start(cook(raw, cooked), coro::daemon);
        n.start(serve(cooked, out), coro::daemon);
        for (int i = 1; i <= 6; ++i) co_await raw.put(i);
        co_await raw.join();
        co_await cooked.join();
    }));
    CHECK(out == std::vector<int>{10, 20, 30, 40, 50, 60});
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("queue: an item may outlive its queue", "[queue]") {
    support::virtual_loop loop;
    auto q = std::make_unique<coro::queue<std::string>>(loop.executor());
    (void)q->try_put("kept");
    auto item = q->try_get();
    q.reset();
    CHECK(**item == "kept");
    item.reset();  // finished, in what is left of the queue
}
