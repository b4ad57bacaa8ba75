// SPDX-License-Identifier: MIT
// Task handles: end states, results of all kinds, join, cancel, on_done.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/wait.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;
using support::throws_aborted;

TEST_CASE("task: result in each state", "[task]") {
    support::virtual_loop loop;
    coro::task<int> finished(after(1s, 7));
    coro::task<> failed(fail_after(1s)), cancelled(forever());
    CHECK_THROWS_AS(finished.result(), coro::invalid_state);  // not started
    CHECK_THROWS_AS(finished.exception(), coro::invalid_state);
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(finished);
            n.start(failed);
            n.start(cancelled);
            CHECK_THROWS_AS(finished.result(), coro::invalid_state);  // running
            CHECK_FALSE(finished.done());
            co_await coro::sleep_for(2s);
            cancelled.cancel();
            co_await cancelled.join();
            CHECK(failed.exception() != nullptr);
        },
        coro::on_error::keep_going));

    // The handles outlive the nursery. Exactly one end state each.
    CHECK((finished.finished() && !finished.failed() && !finished.cancelled()));
    CHECK((failed.failed() && !failed.finished() && !failed.cancelled()));
    CHECK((cancelled.cancelled() && !cancelled.finished() && !cancelled.failed()));
    CHECK(finished.result() == 7);
    CHECK(finished.result() == 7);
    CHECK(finished.exception() == nullptr);
    CHECK_THROWS_AS(failed.result(), std::runtime_error);
    CHECK(throws_aborted([&] { cancelled.result(); }));
    CHECK(cancelled.exception() == nullptr);
}

TEST_CASE("task: handles outlive the loop", "[task]") {
    std::optional<coro::task<int>> done;
    std::optional<coro::task<>> suspended;
    {
        coro::runner runner;
        runner.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            done = n.start(after(0s, 1));
            co_return;
        }));
        CHECK_THROWS_AS(runner.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            suspended = n.start(forever());
            runner.context().stop();
            co_return;
        })),
                        coro::invalid_state);
    }
    CHECK(done->result() == 1);
    CHECK(suspended->cancelled());
}

namespace {
struct picky {
    explicit picky(int v) : value(v) {}
    int value;
};
coro::awaitable<picky> make_picky() {
    co_await coro::sleep_for(1s);
    co_return picky(3);
}
coro::awaitable<std::unique_ptr<int>> make_unique() {
    co_await coro::sleep_for(1s);
    co_return std::make_unique<int>(4);
}
coro::awaitable<std::reference_wrapper<int>> make_reference(int& target) {
    co_return std::ref(target);
}
}  // namespace

TEST_CASE("task: T without default constructor, move-only, void, reference", "[task]") {
    support::virtual_loop loop;
    int target = 0;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const p = n.start(make_picky());
        auto const u = n.start(make_unique());
        auto const r = n.start(make_reference(target));
        auto const v = n.start(coro::sleep_for(1s));
        co_await coro::sleep_for(2s);
        CHECK(p.result().value == 3);
        CHECK(*u.result() == 4);
        auto taken = std::move(u.result());
        CHECK(*taken == 4);
        r.result() = 5;
        v.result();
    }));
    CHECK(target == 5);
}

TEST_CASE("task: a failed task of a type without default constructor", "[task]") {
    support::virtual_loop loop;
    auto fails = []() -> coro::awaitable<picky> {
        co_await coro::sleep_for(1s);
        throw std::runtime_error("no value");
    };
    auto const errors = support::errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                               n.start(fails());
                                               co_return;
                                           }));
    CHECK(errors == std::vector<std::string>{"no value"});
}

TEST_CASE("task: join never throws the task's error", "[task]") {
    support::virtual_loop loop;
    loop.run(coro::open_nursery(
        [&](coro::nursery& n) -> coro::awaitable<void> {
            auto const t = n.start(fail_after(1s));
            co_await t.join();
            co_await t.join();  // already ended
            CHECK(t.failed());
            CHECK(t.exception() != nullptr);
        },
        coro::on_error::keep_going));
}

TEST_CASE("task: a cancelled join leaves the task alone", "[task]") {
    support::virtual_loop loop;
    coro::task<int> work(after(5s, 1));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(work);
        auto const joiner = n.start(work.join());
        co_await coro::sleep_for(1s);
        joiner.cancel();
        co_await joiner.join();
        CHECK(joiner.cancelled());
        CHECK_FALSE(work.done());
    }));
    CHECK(work.result() == 1);
}

TEST_CASE("task: two joiners", "[task]") {
    support::virtual_loop loop;
    coro::task<int> work(after(1s, 1));
    int joined = 0;
    auto join = [](coro::task<int> work, int& joined) -> coro::awaitable<void> {
        co_await work.join();
        ++joined;
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(work);
        n.start(join, work, std::ref(joined));
        n.start(join, work, std::ref(joined));
        co_return;
    }));
    CHECK(joined == 2);
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("task: nobody can wait for one that is not started", "[task]") {
    support::virtual_loop loop;
    coro::task<int> const work(after(1s, 1));
    CHECK_THROWS_AS(loop.run(work.join()), coro::invalid_state);
    CHECK_THROWS_AS(loop.run(work.get()), coro::invalid_state);
    std::vector<coro::task<int>> const both{work, work};
    CHECK_THROWS_AS(loop.run(coro::wait(both)), coro::invalid_state);
    work.cancel();
    loop.run(work.join());  // it has ended now
}

TEST_CASE("task: a task that joins itself is told so", "[task]") {
    support::virtual_loop loop;
    std::vector<coro::task<>> self;
    auto work = [](std::vector<coro::task<>>& self) -> coro::awaitable<void> { co_await self[0].join(); };
    self.emplace_back(work(self));
    auto const errors = support::errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                               n.start(self[0]);
                                               co_return;
                                           }));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0] == "a task can't wait for its own end");
}

TEST_CASE("task: cancel before the start drops the coroutine at once", "[task]") {
    support::virtual_loop loop;
    auto const held = std::make_shared<int>(0);
    auto work = [](std::shared_ptr<int>) -> coro::awaitable<void> { co_return; };
    coro::task<> t(work(held));
    CHECK(held.use_count() == 2);
    t.cancel();
    CHECK(t.cancelled());
    CHECK(held.use_count() == 1);
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(t);
        CHECK(n.size() == 0);
        co_await t.join();
    }));
    CHECK(t.cancelled());
}

TEST_CASE("task: cancel is idempotent and without effect after the end", "[task]") {
    support::virtual_loop loop;
    coro::task<int> t(after(0s, 1));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(t);
        t.cancel();
        t.cancel();
        co_return;
    }));
    CHECK(t.finished());
}

TEST_CASE("task: one that swallows its cancellation and returns has finished", "[task]") {
    support::virtual_loop loop;
    auto swallows = []() -> coro::awaitable<int> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
        }
        co_return 1;
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const t = n.start(swallows());
        t.cancel();
        co_await t.join();
        CHECK(t.finished());
        CHECK(t.result() == 1);
    }));
}

TEST_CASE("task: on_done is called on the loop after the end, never inline", "[task]") {
    support::virtual_loop loop;
    std::vector<int> order;
    coro::task<int> early(after(0s, 1)), late(after(1s, 2)), ended(after(0s, 3));
    early.on_done([&] { order.push_back(1); });
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(early);
        CHECK(early.done());
        CHECK(order.empty());
        n.start(late);
        late.on_done([&] {
            CHECK(late.done());
            order.push_back(2);
        });
        n.start(ended);
        ended.on_done([&] { order.push_back(3); });
        CHECK(order.empty());
        co_await coro::sleep_for(2s);
    }));
    CHECK(order == std::vector<int>{1, 3, 2});
}

TEST_CASE("task: on_done of one that is cancelled before its start", "[task]") {
    support::virtual_loop loop;
    int calls = 0;
    coro::task<> t(forever());
    t.on_done([&] { ++calls; });
    t.cancel();
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(t);
        co_await coro::sleep_for(0s);
    }));
    CHECK(calls == 1);
}

TEST_CASE("task: an error of on_done leaves the run, and the loop stays usable", "[task]") {
    support::virtual_loop loop;
    auto main = []() -> coro::awaitable<void> {
        co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            auto const t = n.start(after(1s, 1));
            t.on_done([] { throw std::runtime_error("callback"); });
            co_await forever();
        });
    };
    CHECK_THROWS_AS(loop.run(main()), std::runtime_error);
    CHECK(loop.run(after(1s, 2)) == 2);
}

TEST_CASE("task: made from a coroutine that was moved away", "[task]") {
    auto work = forever();
    coro::task<> const first(std::move(work));
    CHECK_THROWS_AS(coro::task<>(std::move(work)), coro::invalid_state);  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("task: names", "[task]") {
    CHECK(coro::task<>(forever()).name().empty());
    CHECK(coro::task<>(forever(), "ticker").name() == "ticker");
}
