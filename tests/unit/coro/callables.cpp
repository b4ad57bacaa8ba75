// SPDX-License-Identifier: MIT
// Callables with their arguments, kept until the coroutine ends: nursery::start, wait_all, with_timeout, run and
// friends.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

using namespace muster;
using namespace std::chrono_literals;
using support::forever;

namespace {

coro::awaitable<std::size_t> size_of(std::string const& text) {
    co_await coro::sleep_for(1s);
    co_return text.size();
}

coro::awaitable<int> take(std::unique_ptr<int> number, int add) {
    co_await coro::sleep_for(1s);
    co_return *number + add;
}

struct counter {
    explicit counter(int from) : value(from) {}
    coro::awaitable<void> add(int n) {
        co_await coro::sleep_for(1s);
        value += n;
    }
    int value;
};

}  // namespace

TEST_CASE("callables: a closure with captures lives as long as its task", "[callables]") {
    support::virtual_loop loop;
    std::multiset<std::string> seen;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 1; i <= 3; ++i)
            n.start([&seen, text = std::string(50, 'x') + std::to_string(i)]() -> coro::awaitable<void> {
                co_await coro::sleep_for(1s);
                seen.insert(text.substr(50));
            });
        co_return;
    }));
    CHECK(seen == std::multiset<std::string>{"1", "2", "3"});
}

TEST_CASE("callables: arguments are copied or moved, and kept for parameters by reference", "[callables]") {
    support::virtual_loop loop;
    auto const results = loop.run(coro::open_nursery([](coro::nursery& n) -> coro::awaitable<std::pair<int, int>> {
        auto const size = n.start(size_of, std::string(100, 'x'));  // the temporary is gone after this line
        auto const sum = n.start(take, std::make_unique<int>(40), 2);
        co_await size.join();
        auto const total = co_await sum.get();
        co_return std::pair(static_cast<int>(size.result()), total);
    }));
    CHECK(results == std::pair(100, 42));
}

TEST_CASE("callables: std::ref, members and flags", "[callables]") {
    support::virtual_loop loop;
    counter c(1);
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(&counter::add, std::ref(c), 10);
        n.start(coro::daemon, forever);
        auto const add = [](counter& to) -> coro::awaitable<void> { co_await to.add(100); };
        n.start(coro::daemon | coro::close_on_finish, add, std::ref(c));
        co_return;
    }));
    CHECK(c.value > 10);
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("callables: every function that takes a coroutine takes one", "[callables]") {
    auto const ten = []() -> coro::awaitable<int> {
        co_await coro::sleep_for(1ms);
        co_return 10;
    };
    auto const add = [](int a, std::string const& b) -> coro::awaitable<int> {
        co_await coro::sleep_for(1ms);
        co_return a + static_cast<int>(b.size());
    };
    CHECK(coro::run(ten) == 10);
    CHECK(coro::run(add, 1, std::string("abc")) == 4);
    coro::runner again;
    CHECK(again.run(add, 2, "abc") == 5);
    auto const all = [&]() -> coro::awaitable<int> {
        auto const [a, b] = co_await coro::wait_all(ten, coro::call(add, 1, "ab"));
        auto const [c, d] = co_await coro::wait_any(ten, coro::sleep_for(1h));
        auto const e = co_await coro::with_timeout(1h, add, 1, std::string(40, 'x'));
        auto const f = co_await coro::shield(add, 1, "");
        auto const [g] = co_await coro::gather(ten);
        auto const [h, i] = co_await coro::run_as_daemon(forever, ten);
        auto const ex = co_await coro::this_coro::executor;
        coro::deadline limit(ex, 1h);
        auto const j = co_await coro::with_deadline(limit, ten);
        auto const k = co_await coro::move_on_after(1h, ten);
        co_return a.result() + b.result() + c.result() + e + f + g.result() + i.result() + j + *k;
    };
    CHECK(coro::run(all) == 10 + 3 + 10 + 41 + 1 + 10 + 10 + 10 + 10);
}

TEST_CASE("callables: a task made by hand", "[callables]") {
    support::virtual_loop loop;
    coro::task const work(size_of, std::string(30, 'x'));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(work);
        co_return;
    }));
    CHECK(work.result() == 30);
}
