// SPDX-License-Identifier: MIT
// with_timeout, with_deadline, and a deadline whose clock stands.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/alarm.hpp>
#include <muster/coro/nursery.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;

TEST_CASE("with_timeout: in time, with a move-only value", "[with_timeout]") {
    support::virtual_loop loop;
    auto const v = loop.run(coro::with_timeout(2s, after(1s, std::make_unique<int>(1))));
    CHECK(*v == 1);
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("with_timeout: zero and negative run the work to its first suspension", "[with_timeout]") {
    support::virtual_loop loop;
    for (auto limit : {coro::duration(0s), coro::duration(-5s), coro::duration::min()}) {
        CHECK_THROWS_AS(loop.run(coro::with_timeout(limit, forever())), coro::timed_out);
        CHECK(loop.run(coro::with_timeout(limit, after(0s, 3))) == 3);
    }
    CHECK(loop.elapsed() == 0s);
}

TEST_CASE("with_timeout: the longest limit never ends", "[with_timeout]") {
    support::virtual_loop loop;
    CHECK(loop.run(coro::with_timeout(coro::duration::max(), after(100000h, 3))) == 3);
}

TEST_CASE("with_timeout: expiry and completion in the same tick, the value wins", "[with_timeout]") {
    support::virtual_loop loop;
    // The work's sleep was begun before the limit was set, so it rings first; then the limit's cancellation comes too
    // late.
    CHECK(loop.run(coro::with_timeout(1s, after(1s, 3))) == 3);
    // Here the limit rings first and cancels the second sleep, which ends in the same tick.
    auto two_sleeps = []() -> coro::awaitable<int> {
        co_await coro::sleep_for(500ms);
        co_await coro::sleep_for(500ms);
        co_return 4;
    };
    CHECK_THROWS_AS(loop.run(coro::with_timeout(1s, two_sleeps())), coro::timed_out);
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("with_timeout: the work's own exception is not wrapped", "[with_timeout]") {
    support::virtual_loop loop;
    CHECK_THROWS_AS(loop.run(coro::with_timeout(2s, fail_after(1s))), std::runtime_error);
    CHECK_THROWS_AS(loop.run(coro::with_timeout(2s, fail_after(0s))), std::runtime_error);
}

TEST_CASE("with_timeout: an error that comes late is not lost", "[with_timeout]") {
    support::virtual_loop loop;
    auto fails_late = []() -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
            throw std::runtime_error("late");
        }
    };
    std::string text;
    try {
        loop.run(coro::with_timeout(1s, fails_late()));
    } catch (std::exception const& error) {
        text = error.what();
    }
    CHECK(text == "late");
}

TEST_CASE("with_timeout: nested, the shorter inside and outside", "[with_timeout]") {
    support::virtual_loop loop;
    int inner = 0, outer = 0;
    auto count = [](int& inner, coro::duration d) -> coro::awaitable<void> {
        try {
            co_await coro::with_timeout(d, forever());
        } catch (coro::timed_out const&) {
            ++inner;
            throw;
        }
    };
    auto run = [&](coro::duration outside, coro::duration inside) {
        try {
            loop.run(coro::with_timeout(outside, count(inner, inside)));
        } catch (coro::timed_out const&) {
            ++outer;
        }
    };
    run(2s, 1s);
    CHECK(inner == 1);  // the inner one's exception goes through
    CHECK(outer == 1);
    run(1s, 2s);
    CHECK(inner == 1);  // the outer one is a cancellation to the inner
    CHECK(outer == 2);
    run(1s, 1s);
    CHECK(outer == 3);
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("with_timeout: an outer cancellation never becomes timed_out", "[with_timeout]") {
    support::virtual_loop loop;
    bool wrong = false;
    auto work = [](bool& wrong) -> coro::awaitable<void> {
        try {
            co_await coro::with_timeout(2s, forever());
        } catch (coro::timed_out const&) {
            wrong = true;
        }
    };
    coro::task<> during(work(wrong)), same_tick(work(wrong));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(during);
        co_await coro::sleep_for(1s);
        during.cancel();
        // Cancelled in the tick in which the limit expires, from a sleep that was begun before.
        auto cancel_it = [](coro::task<> t) -> coro::awaitable<void> {
            co_await coro::sleep_for(2s);
            t.cancel();
        };
        n.start(cancel_it(same_tick));
        n.start(same_tick);
    }));
    CHECK_FALSE(wrong);
    CHECK(during.cancelled());
    CHECK(same_tick.cancelled());
}

TEST_CASE("with_timeout: work that cancels itself is a cancellation, not timed_out", "[with_timeout]") {
    support::virtual_loop loop;
    coro::event inside;
    std::function<void()> cancel;
    auto work = [](std::function<void()>& cancel) -> coro::awaitable<void> {
        co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            cancel = [&] { n.cancel(); };
            co_await coro::sleep_for(1s);
            cancel();
            co_await coro::sleep_for(1s);
        });
    };
    // The nursery's cancellation ends the nursery only.
    loop.run(coro::with_timeout(5s, work(cancel)));
    CHECK(loop.elapsed() == 1s);
    auto aborts = []() -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        throw asio::system_error(asio::error::operation_aborted);
    };
    CHECK(support::throws_aborted([&] { loop.run(coro::with_timeout(5s, aborts())); }));
}

TEST_CASE("with_timeout: in real time, and no timer is left behind", "[with_timeout]") {
    coro::runner runner;
    CHECK(runner.run(coro::with_timeout(1h, after(0s, 1))) == 1);
    CHECK(runner.run(coro::with_timeout(1h, after(1ms, 2))) == 2);
    CHECK_THROWS_AS(runner.run(coro::with_timeout(1ms, forever())), coro::timed_out);
    runner.context().restart();
    runner.context().run();  // returns: nothing keeps the loop for an hour
}

namespace {
coro::awaitable<void> stand(coro::deadline& limit, coro::duration d) {
    auto const pause = limit.pause();
    co_await coro::sleep_for(d);
}
}  // namespace

TEST_CASE("deadline: one over several stages", "[deadline]") {
    support::virtual_loop loop;
    auto main = []() -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::deadline limit(ex, 5s);
        co_await coro::with_deadline(limit, coro::sleep_for(2s));
        CHECK(limit.remaining() == 3s);
        co_await coro::with_deadline(limit, coro::sleep_for(2s));
        CHECK_FALSE(limit.expired());
        bool expired = false;
        try {
            co_await coro::with_deadline(limit, coro::sleep_for(2s));
        } catch (coro::timed_out const&) {
            expired = true;
        }
        CHECK(expired);
        CHECK(limit.expired());
        CHECK(limit.remaining() == 0s);
    };
    loop.run(main());
    CHECK(loop.elapsed() == 5s);
}

TEST_CASE("deadline: its clock stands while a guard lives, nested", "[deadline]") {
    support::virtual_loop loop;
    auto main = [](support::virtual_loop& loop) -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::deadline limit(ex, 3s);
        auto work = [](coro::deadline& limit) -> coro::awaitable<void> {
            co_await coro::sleep_for(1s);
            {
                auto first = limit.pause();
                auto second = limit.pause();
                co_await coro::sleep_for(10s);
                auto moved = std::move(second);
                { auto const ended = std::move(first); }
                CHECK(limit.paused());
                co_await coro::sleep_for(10s);
                CHECK(limit.remaining() == 2s);
            }
            CHECK_FALSE(limit.paused());
            co_await forever();
        };
        bool expired = false;
        try {
            co_await coro::with_deadline(limit, work(limit));
        } catch (coro::timed_out const&) {
            expired = true;
        }
        CHECK(expired);
        CHECK(loop.elapsed() == 23s);
    };
    loop.run(main(loop));
}

TEST_CASE("deadline: begun while it stands, and two pieces of work on one", "[deadline]") {
    support::virtual_loop loop;
    auto main = []() -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::deadline limit(ex, 3s);
        auto limited = [](coro::deadline& limit) -> coro::awaitable<bool> {
            try {
                co_await coro::with_deadline(limit, forever());
            } catch (coro::timed_out const&) {
                co_return true;
            }
            co_return false;
        };
        auto const [pause, a, b] = co_await coro::wait_all(stand(limit, 10s), limited(limit), limited(limit));
        CHECK(a.result());
        CHECK(b.result());
    };
    loop.run(main());
    CHECK(loop.elapsed() == 13s);
}

TEST_CASE("deadline: expired stays expired, the longest never does", "[deadline]") {
    support::virtual_loop loop;
    auto main = []() -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        coro::deadline none(ex, coro::duration::max()), limit(ex, 1s);
        co_await coro::sleep_for(2s);
        CHECK(limit.expired());
        { auto const pause = limit.pause(); }
        CHECK(limit.expired());
        CHECK(none.remaining() == coro::duration::max());
        { auto const pause = none.pause(); }
        CHECK(none.remaining() == coro::duration::max());
        int const v = co_await coro::with_deadline(none, after(1h, 6));
        CHECK(v == 6);
    };
    loop.run(main());
}

TEST_CASE("deadline: on another loop than its own", "[deadline]") {
    support::virtual_loop own, other;
    coro::deadline limit(own.executor(), 1s);
    CHECK_THROWS_AS(other.run(coro::with_deadline(limit, forever())), coro::wrong_loop);
}

TEST_CASE("alarm: rings once at the time it was armed for last, and not when it is gone", "[alarm]") {
    support::virtual_loop loop;
    auto body = [](std::vector<coro::duration>& rings) -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        auto const start = coro::now(ex);
        auto const note = [&rings, ex, start] { rings.push_back(coro::now(ex) - start); };
        coro::alarm bell(ex, note);
        bell.arm(start + 5s);
        bell.arm(start + 2s);
        co_await coro::sleep_for(10s);
        bell.arm(start + 12s);
        co_await coro::sleep_for(5s);
        bell.arm(start + 20s);
        bell.disarm();
        co_await coro::sleep_for(10s);
        coro::alarm(ex, note).arm(start + 30s);
        co_await coro::sleep_for(10s);
    };
    std::vector<coro::duration> rings;
    loop.run(body(rings));
    CHECK(rings == std::vector<coro::duration>{2s, 12s});
}

TEST_CASE("alarm: one that is destroyed when its time has come does not ring", "[alarm]") {
    bool rang = false;
    auto body = [](bool& rang) -> coro::awaitable<void> {
        auto const ex = co_await coro::this_coro::executor;
        auto const note = [&rang] { rang = true; };
        {
            coro::alarm bell(ex, note);
            bell.arm(coro::now(ex));
            std::this_thread::sleep_for(2ms);  // on the real clock: the timer is due when the loop looks next
        }
        co_await coro::sleep_for(5ms);
    };
    coro::run(body(rang));
    CHECK_FALSE(rang);
}

TEST_CASE("time_after: no limit is too long to be added", "[time]") {
    using coro::time_after;
    coro::time_point const now{coro::duration(1'000'000)};
    auto const end = coro::time_point::max();
    CHECK(time_after(now, 5s) == now + 5s);
    CHECK(time_after(now, -1ms) == now - 1ms);
    CHECK(time_after(now, coro::duration::max()) == end);
    CHECK(time_after(now, std::chrono::seconds::max()) == end);
    CHECK(time_after(now, std::chrono::hours::max()) == end);
    CHECK(time_after(end, 1s) == end);
    CHECK(time_after(coro::time_point::min(), 1s) == coro::time_point::min() + 1s);
}
