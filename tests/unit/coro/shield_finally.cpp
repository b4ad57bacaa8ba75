// SPDX-License-Identifier: MIT
// shield, finally and cancel_by: what a cancellation must not cut short.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/event.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/coro/shield.hpp>
#include <muster/coro/timeout.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <string>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;

namespace {

// Starts `work`, cancels it after d, and gives its task back when it has ended.
coro::task<> cancelled_after(support::virtual_loop& loop, coro::duration d, coro::awaitable<void> work) {
    coro::task<> t(std::move(work));
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(t);
            co_await coro::sleep_for(d);
            t.cancel();
            co_await t.join();
            (void)t.exception();
        },
        coro::on_error::keep_going));
    return t;
}

coro::awaitable<void> set_after(coro::duration d, bool& flag) {
    if (d > 0s) co_await coro::sleep_for(d);
    flag = true;
}

}  // namespace

TEST_CASE("shield: cancelled during, delivered at the next await", "[shield]") {
    support::virtual_loop loop;
    bool done = false, next = false;
    auto work = [](bool& done, bool& next) -> coro::awaitable<void> {
        co_await coro::shield(set_after(3s, done));
        next = true;
        co_await coro::sleep_for(1s);
        next = false;
    };
    auto const t = cancelled_after(loop, 1s, work(done, next));
    CHECK(done);
    CHECK(next);
    CHECK(t.cancelled());
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("shield: it returns its value although cancelled", "[shield]") {
    support::virtual_loop loop;
    int value = 0;
    auto work = [](int& value) -> coro::awaitable<void> { value = co_await coro::shield(after(3s, 5)); };
    auto const t = cancelled_after(loop, 1s, work(value));
    CHECK(value == 5);
    CHECK(t.finished());
}

TEST_CASE("shield: cancelled before entry never starts", "[shield]") {
    support::virtual_loop loop;
    bool done = false;
    auto work = [](bool& done) -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
        }
        co_await coro::shield(set_after(0s, done));
    };
    auto const t = cancelled_after(loop, 1s, work(done));
    CHECK_FALSE(done);
    CHECK(t.cancelled());
}

TEST_CASE("shield: nested", "[shield]") {
    support::virtual_loop loop;
    bool done = false;
    auto inner = [](bool& done) -> coro::awaitable<void> {
        co_await coro::shield(set_after(2s, done));
        co_await coro::sleep_for(1s);  // under the outer shield
    };
    auto const t = cancelled_after(loop, 1s, coro::shield(inner(done)));
    CHECK(done);
    CHECK(t.finished());
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("shield: inside of a time limit, the limit waits", "[shield]") {
    support::virtual_loop loop;
    // The shielded value comes late, and a late value wins.
    CHECK(loop.run(coro::with_timeout(1s, coro::shield(after(3s, 4)))) == 4);
    CHECK(loop.elapsed() == 3s);
    auto goes_on = []() -> coro::awaitable<void> {
        co_await coro::shield(coro::sleep_for(3s));
        co_await coro::sleep_for(1s);
    };
    CHECK_THROWS_AS(loop.run(coro::with_timeout(1s, goes_on())), coro::timed_out);
    CHECK(loop.elapsed() == 6s);
}

TEST_CASE("shield: its error comes bare", "[shield]") {
    support::virtual_loop loop;
    CHECK_THROWS_AS(loop.run(coro::shield(fail_after(1s))), std::runtime_error);
    CHECK_THROWS_AS(loop.run(coro::shield(fail_after(0s))), std::runtime_error);
}

TEST_CASE("finally: after a value, an error, a cancellation", "[finally]") {
    support::virtual_loop loop;
    bool clean = false;
    CHECK(loop.run(coro::finally(after(1s, 7), set_after(1s, clean))) == 7);
    CHECK(std::exchange(clean, false));
    CHECK_THROWS_AS(loop.run(coro::finally(fail_after(1s), set_after(1s, clean))), std::runtime_error);
    CHECK(std::exchange(clean, false));
    auto const t = cancelled_after(loop, 1s, coro::finally(forever(), set_after(1s, clean)));
    CHECK(clean);
    CHECK(t.cancelled());
}

TEST_CASE("finally: a move-only value, a clean-up made from a callable", "[finally]") {
    support::virtual_loop loop;
    bool clean = false;
    auto cleanup = [&]() { return set_after(1s, clean); };
    auto const v = loop.run(coro::finally(after(1s, std::make_unique<int>(3)), cleanup));
    CHECK(*v == 3);
    CHECK(clean);
}

TEST_CASE("finally: entered while cancelled, by a caller that puts off its cancellation, it cleans up", "[finally]") {
    support::virtual_loop loop;
    bool clean = false;
    auto throws_again = []() -> coro::awaitable<void> {
        co_await coro::this_coro::throw_if_cancelled(true);
        co_await coro::sleep_for(1s);
    };
    auto work = [](bool& clean, coro::awaitable<void> inner) -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
        }
        co_await coro::this_coro::throw_if_cancelled(false);
        co_await coro::finally(std::move(inner), set_after(1s, clean));
    };
    auto const t = cancelled_after(loop, 1s, work(clean, throws_again()));
    CHECK(clean);
    CHECK(t.cancelled());
}

TEST_CASE("finally: a caller that is cancelled already starts neither, as any await", "[finally]") {
    support::virtual_loop loop;
    bool ran = false, clean = false;
    auto work = [](bool& ran, bool& clean) -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
        }
        co_await coro::finally(set_after(0s, ran), set_after(0s, clean));
    };
    auto const t = cancelled_after(loop, 1s, work(ran, clean));
    CHECK(t.cancelled());
    CHECK_FALSE(ran);
    CHECK_FALSE(clean);
}

TEST_CASE("finally: cancelled by its own work before the first suspension", "[finally]") {
    support::virtual_loop loop;
    bool clean = false;
    std::function<void()> cancel;
    auto work = [](std::function<void()>& cancel) -> coro::awaitable<void> {
        co_await coro::sleep_for(0s);
        cancel();
        co_await coro::sleep_for(1s);
    };
    coro::task<> t(coro::finally(work(cancel), set_after(1s, clean)));
    cancel = [&] { t.cancel(); };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(t);
        co_return;
    }));
    CHECK(clean);
    CHECK(t.cancelled());
}

TEST_CASE("finally: the clean-up throws; which error wins", "[finally]") {
    support::virtual_loop loop;
    // After a value: the clean-up's.
    CHECK_THROWS_AS(loop.run(coro::finally(after(1s, 1), fail_after(1s, "cleanup"))), std::runtime_error);
    // After an error: both, in a group.
    try {
        loop.run(coro::finally(fail_after(1s, "work"), fail_after(1s, "cleanup")));
        FAIL("no exception");
    } catch (coro::exception_group const& group) {
        CHECK(std::string(group.what()) == "2 errors: work; cleanup");
    }
    // After a cancellation: the clean-up's, an error counts more.
    auto const t = cancelled_after(loop, 1s, coro::finally(forever(), fail_after(1s, "cleanup")));
    CHECK(t.failed());
    CHECK(coro::describe(t.exception()) == "cleanup");
}

TEST_CASE("finally: a second cancellation doesn't interrupt the clean-up", "[finally]") {
    support::virtual_loop loop;
    bool clean = false;
    coro::task<> t(coro::finally(forever(), set_after(3s, clean)));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(t);
        co_await coro::sleep_for(1s);
        t.cancel();
        co_await coro::sleep_for(1s);
        t.cancel();
        n.cancel();
        co_return;
    }));
    CHECK(clean);
}

TEST_CASE("cancel_by: the request goes to a function, once, and the work ends by itself", "[cancel_by]") {
    support::virtual_loop loop;
    int requests = 0;
    auto work = [](int& requests) -> coro::awaitable<void> {
        coro::event stop;
        auto operation = [](coro::event& stop) -> coro::awaitable<int> {
            co_await stop.wait();
            co_return 1;
        };
        auto request = [&] {
            ++requests;
            stop.set();
        };
        int const r = co_await coro::cancel_by(operation(stop), request);
        CHECK(r == 1);  // a result that comes all the same
        co_await coro::sleep_for(1s);
        FAIL("the cancellation is delivered here");
    };
    auto const t = cancelled_after(loop, 1s, work(requests));
    CHECK(requests == 1);
    CHECK(t.cancelled());
}
