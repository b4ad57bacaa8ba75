// SPDX-License-Identifier: MIT
// wait() on tasks that run elsewhere, in its three modes.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/wait.hpp>

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using coro::return_when;
using support::after;
using support::errors_of;
using support::forever;

namespace {
coro::awaitable<int> fail_int(coro::duration d) {
    co_await coro::sleep_for(d);
    throw std::runtime_error("unread");
}
}  // namespace

TEST_CASE("wait: of none returns at once", "[wait]") {
    support::virtual_loop loop;
    auto const r = loop.run(coro::wait(std::vector<coro::task<>>()));
    CHECK(r.done.empty());
    CHECK(r.pending.empty());
}

TEST_CASE("wait: first_completed", "[wait]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        std::vector<coro::task<int>> tasks;
        for (int i : {3, 1, 2}) tasks.push_back(n.start(after(std::chrono::seconds(i), i)));
        auto const r = co_await coro::wait(tasks, return_when::first_completed);
        REQUIRE(r.done.size() == 1);
        CHECK(r.done[0].result() == 1);
        CHECK(r.pending.size() == 2);
        CHECK(loop.elapsed() == 1s);
        auto const rest = co_await coro::wait(r.pending, return_when::all_completed);
        CHECK(rest.done.size() == 2);
        CHECK(rest.done[0].result() == 3);  // the order of the argument
        CHECK(loop.elapsed() == 3s);
    }));
}

TEST_CASE("wait: first_exception, and with none it waits for all", "[wait]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            std::vector<coro::task<int>> tasks;
            tasks.push_back(n.start(after(1s, 1)));
            tasks.push_back(n.start(fail_int(2s)));
            tasks.push_back(n.start(after(3s, 3)));
            auto const r = co_await coro::wait(tasks, return_when::first_exception);
            CHECK(loop.elapsed() == 2s);
            CHECK(r.done.size() == 2);
            CHECK(r.pending.size() == 1);
            CHECK(r.done[1].exception() != nullptr);
            auto const all = co_await coro::wait(r.pending, return_when::first_exception);
            CHECK(all.pending.empty());
            CHECK(loop.elapsed() == 3s);
        },
        coro::on_error::keep_going));
}

TEST_CASE("wait: inputs that are done already", "[wait]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        std::vector<coro::task<int>> tasks;
        tasks.push_back(n.start(after(0s, 1)));
        tasks.push_back(n.start(after(5s, 5)));
        auto const r = co_await coro::wait(tasks, return_when::first_completed);
        CHECK(loop.elapsed() == 0s);
        CHECK(r.done.size() == 1);
        n.cancel();
    }));
}

TEST_CASE("wait: a cancelled task completes it, a cancelled waiter leaves the pending alone", "[wait]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        std::vector<coro::task<>> tasks;
        tasks.push_back(n.start(forever()));
        tasks.push_back(n.start(forever()));
        auto const waiter = n.start(coro::wait(tasks, return_when::first_completed));
        auto const impatient = n.start(coro::wait(tasks));
        co_await coro::sleep_for(1s);
        tasks[0].cancel();
        co_await waiter.join();
        CHECK(waiter.result().done.size() == 1);
        impatient.cancel();
        co_await impatient.join();
        CHECK(impatient.cancelled());
        CHECK_FALSE(tasks[1].done());
        tasks[1].cancel();
    }));
}

TEST_CASE("wait: a failure that nobody reads afterwards comes out of the nursery", "[wait]") {
    support::virtual_loop loop;
    auto const errors = errors_of(loop, coro::open_nursery(
                                            [&](coro::nursery& n) -> coro::awaitable<void> {
                                                std::vector<coro::task<int>> tasks;
                                                tasks.push_back(n.start(fail_int(1s)));
                                                tasks.push_back(n.start(fail_int(1s)));
                                                auto const r = co_await coro::wait(tasks);
                                                (void)r.done[0].exception();
                                            },
                                            coro::on_error::keep_going));
    CHECK(errors == std::vector<std::string>{"unread"});
}
