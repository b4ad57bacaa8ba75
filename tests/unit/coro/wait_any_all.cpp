// SPDX-License-Identifier: MIT
// wait_all, wait_any, gather, run_as_daemon, and their nesting.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/shield.hpp>
#include <muster/coro/wait.hpp>

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::errors_of;
using support::fail_after;
using support::forever;

namespace {

std::vector<coro::awaitable<int>> sleepers(std::initializer_list<int> seconds) {
    std::vector<coro::awaitable<int>> works;
    for (int s : seconds) works.push_back(after(std::chrono::seconds(s), s));
    return works;
}

// Finishes with 9 although it was cancelled.
coro::awaitable<int> swallows_cancellation() {
    try {
        co_await forever();
    } catch (asio::system_error const&) {
    }
    co_return 9;
}

}  // namespace

TEST_CASE("wait_all and wait_any of an empty set return at once", "[wait_any]") {
    support::virtual_loop loop;
    loop.run(coro::wait_all());
    loop.run(coro::wait_any());
    CHECK(loop.run(coro::wait_all(std::vector<coro::awaitable<int>>())).empty());
    CHECK(loop.run(coro::wait_any(std::vector<coro::awaitable<int>>())).empty());
    CHECK(loop.run(coro::gather(std::vector<coro::awaitable<int>>())).empty());
    CHECK(loop.elapsed() == 0s);
}

TEST_CASE("wait_all of a vector", "[wait_all]") {
    support::virtual_loop loop;
    auto const tasks = loop.run(coro::wait_all(sleepers({3, 1, 2})));
    CHECK(tasks[0].result() == 3);
    CHECK(tasks[2].result() == 2);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("wait_any of a vector", "[wait_any]") {
    support::virtual_loop loop;
    auto const tasks = loop.run(coro::wait_any(sleepers({3, 1, 2})));
    CHECK(tasks[0].cancelled());
    CHECK(tasks[1].result() == 1);
    CHECK(tasks[2].cancelled());
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("wait_all: the first error cancels the rest", "[wait_all]") {
    support::virtual_loop loop;
    coro::task<> rest(forever());
    CHECK(errors_of(loop, coro::wait_all(fail_after(1s, "x"), rest)) == std::vector<std::string>{"x"});
    CHECK(rest.cancelled());
}

TEST_CASE("wait_any: two winners in one tick", "[wait_any]") {
    support::virtual_loop loop;
    auto const [a, b, c] = loop.run(coro::wait_any(after(1s, 1), after(1s, 2), after(2s, 3)));
    CHECK(a.result() == 1);
    CHECK(b.result() == 2);
    CHECK(c.cancelled());
}

TEST_CASE("wait_any: a loser that swallows its cancellation has finished too", "[wait_any]") {
    support::virtual_loop loop;
    auto const [winner, loser] = loop.run(coro::wait_any(after(1s, 1), swallows_cancellation()));
    CHECK(winner.result() == 1);
    CHECK(loser.result() == 9);
}

TEST_CASE("wait_any: a loser's error is not lost", "[wait_any]") {
    support::virtual_loop loop;
    auto bad_loser = []() -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
            throw std::runtime_error("bad loser");
        }
    };
    CHECK(errors_of(loop, coro::wait_any(after(1s, 1), bad_loser())) == std::vector<std::string>{"bad loser"});
}

TEST_CASE("wait_any: an error that comes first", "[wait_any]") {
    support::virtual_loop loop;
    coro::task<> rest(forever());
    CHECK(errors_of(loop, coro::wait_any(fail_after(1s, "x"), rest)) == std::vector<std::string>{"x"});
    CHECK(rest.cancelled());
}

TEST_CASE("wait_any: all cancelled by other hands", "[wait_any]") {
    support::virtual_loop loop;
    coro::task<> a(forever()), b(forever());
    auto cancel_both = [](coro::task<> a, coro::task<> b) -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        a.cancel();
        b.cancel();
    };
    loop.run(coro::wait_all(coro::wait_any(a, b), cancel_both(a, b)));
    CHECK(a.cancelled());
    CHECK(b.cancelled());
}

TEST_CASE("wait_any: arms after one that finishes inside its start are not started", "[wait_any]") {
    support::virtual_loop loop;
    bool ran = false;
    auto arm = [](bool& ran) -> coro::awaitable<void> {
        ran = true;
        co_return;
    };
    auto const [first, second] = loop.run(coro::wait_any(after(0s, 1), arm(ran)));
    CHECK(first.result() == 1);
    CHECK(second.cancelled());
    CHECK_FALSE(ran);
}

TEST_CASE("nested any, all, any", "[wait_any]") {
    support::virtual_loop loop;
    coro::task<int> deep(after(2s, 2)), deeper(after(1s, 1)), never(after(60s, 60));
    auto const [left, right] = loop.run(coro::wait_any(coro::wait_all(deep, coro::wait_any(deeper, never)), forever()));
    CHECK(left.finished());
    CHECK(right.cancelled());
    CHECK(deep.result() == 2);  // tasks made by hand are read by their own handles
    CHECK(deeper.result() == 1);
    CHECK(never.cancelled());
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("nested groups and split", "[exception_group]") {
    support::virtual_loop loop;
    auto fails_with = [](int n) -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        throw n;
    };
    std::vector<int> numbers;
    std::size_t rest = 0;
    try {
        loop.run(coro::wait_all(coro::wait_all(fails_with(1), fail_after(1s, "text")), fails_with(2)));
        FAIL("no exception");
    } catch (coro::exception_group const& group) {
        rest = group.split<int>([&](int n) { numbers.push_back(n); }).size();
        CHECK(group.exceptions().size() == 2);
        CHECK(group.flatten().size() == 3);
    }
    CHECK(numbers.size() == 2);
    CHECK(rest == 1);
}

TEST_CASE("wait_all: cancelled from outside throws operation_aborted, and every child has ended", "[wait_all]") {
    support::virtual_loop loop;
    coro::task<> a(forever()), b(forever());
    auto waiter = [](coro::task<> a, coro::task<> b) -> coro::awaitable<void> { co_await coro::wait_all(a, b); };
    coro::task<> whole(waiter(a, b));
    auto stop = [](coro::task<> whole) -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        whole.cancel();
    };
    loop.run(coro::wait_all(whole, stop(whole)));
    CHECK(whole.cancelled());
    CHECK(a.cancelled());
    CHECK(b.cancelled());
}

TEST_CASE("wait_all: a running task is refused", "[wait_all]") {
    support::virtual_loop loop;
    coro::task<int> once(after(1s, 1));
    auto const errors = errors_of(loop, coro::wait_all(once, once));
    CHECK(errors == std::vector<std::string>{"a task is started once"});
    CHECK(once.cancelled());
}

TEST_CASE("gather: exceptions are values and nobody is cancelled", "[gather]") {
    support::virtual_loop loop;
    auto const [a, b, c] = loop.run(coro::gather(fail_after(1s), after(3s, 3), fail_after(2s)));
    CHECK(a.failed());
    CHECK(b.result() == 3);
    CHECK_THROWS_AS(c.result(), std::runtime_error);
    CHECK(loop.run(coro::gather(sleepers({1, 2}))).size() == 2);
}

TEST_CASE("gather: cancelled from outside; nobody gets its tasks, so an error comes out after all", "[gather]") {
    support::virtual_loop loop;
    coro::task<> child(forever()), other(forever());
    auto waiter = [](auto... works) -> coro::awaitable<void> { co_await coro::gather(std::move(works)...); };
    coro::task<> quiet(waiter(child)), loud(waiter(other, fail_after(1s, "x")));
    auto stop = [](coro::task<> a, coro::task<> b) -> coro::awaitable<void> {
        co_await coro::sleep_for(2s);
        a.cancel();
        b.cancel();
    };
    loop.run(coro::gather(quiet, loud, stop(quiet, loud)));
    CHECK(quiet.cancelled());
    CHECK(child.cancelled());
    CHECK(loud.failed());
    CHECK(coro::describe(loud.exception()) == "[1 error: x]");
}

TEST_CASE("run_as_daemon: the background is cancelled after the body", "[run_as_daemon]") {
    support::virtual_loop loop;
    int ticks = 0;
    auto ticker = [](int& ticks) -> coro::awaitable<void> {
        for (;;) {
            co_await coro::sleep_for(1s);
            ++ticks;
        }
    };
    auto const [background, body] = loop.run(coro::run_as_daemon(ticker(ticks), after(3500ms, 1)));
    CHECK(background.cancelled());
    CHECK(body.result() == 1);
    CHECK(ticks == 3);
}

TEST_CASE("run_as_daemon: a background that ends first is waited for by nobody", "[run_as_daemon]") {
    support::virtual_loop loop;
    auto const [background, body] = loop.run(coro::run_as_daemon(after(1s, 1), after(3s, 2)));
    CHECK(background.result() == 1);
    CHECK(body.result() == 2);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("run_as_main: the arguments swapped", "[run_as_daemon]") {
    support::virtual_loop loop;
    auto const [block, main] = loop.run(coro::run_as_daemon(forever(), after(2s, 2)));
    CHECK(block.cancelled());
    CHECK(main.result() == 2);
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("run_as_daemon: the background's error ends the body", "[run_as_daemon]") {
    support::virtual_loop loop;
    coro::task<> body(forever());
    CHECK(errors_of(loop, coro::run_as_daemon(fail_after(1s, "x"), body)) == std::vector<std::string>{"x"});
    CHECK(body.cancelled());
}
