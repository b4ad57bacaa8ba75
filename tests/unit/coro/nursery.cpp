// SPDX-License-Identifier: MIT
// The nursery's life: children, errors, cancellation, daemons.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;

TEST_CASE("a nursery without children returns at once", "[nursery]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([](coro::nursery&) -> coro::awaitable<void> { co_return; }));
    CHECK(loop.elapsed() == 0s);
}

TEST_CASE("a nursery ends after its children", "[nursery]") {
    support::virtual_loop loop;
    coro::task<int> slow(after(1s, 1)), slower(after(3s, 2));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(slow);
        n.start(slower);
        co_return;
    }));
    CHECK(slow.result() == 1);
    CHECK(slower.result() == 2);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("the first error cancels the siblings", "[nursery]") {
    support::virtual_loop loop;
    coro::task<> sibling(forever());
    auto work = coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(sibling);
        n.start(fail_after(2s, "boom"));
        co_await forever();
    });
    CHECK_THROWS_AS(loop.run(std::move(work)), coro::exception_group);
    CHECK(sibling.cancelled());
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("a deadlock is reported with those who wait", "[virtual_loop]") {
    support::virtual_loop loop;
    std::string text;
    try {
        loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(forever(), {}, "sleeper");
            co_return;
        }));
    } catch (support::nothing_left_to_run const& report) {
        text = report.what();
    }
    CHECK(text.find("'sleeper' waits in event::wait") != std::string::npos);
}
