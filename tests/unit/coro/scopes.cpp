// SPDX-License-Identifier: MIT
// A nursery's value, clean-ups and children that say when they are ready; limits on how many run; results as they come.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <string>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::errors_of;
using support::fail_after;
using support::forever;
using support::throws_aborted;

TEST_CASE("nursery: its body's result comes out after the children", "[nursery]") {
    support::virtual_loop loop;
    auto const text = loop.run(coro::open_nursery([](coro::nursery& n) -> coro::awaitable<std::string> {
        n.start(coro::sleep_for, 2s);
        co_await coro::sleep_for(1s);
        co_return "result";
    }));
    CHECK(text == "result");
    CHECK(loop.elapsed() == 2s);
}

TEST_CASE("nursery: a body that was cancelled has no result", "[nursery]") {
    support::virtual_loop loop;
    auto body = [](coro::nursery& n) -> coro::awaitable<int> {
        n.cancel();
        co_await coro::sleep_for(1s);
        co_return 1;
    };
    CHECK(throws_aborted([&] { loop.run(coro::open_nursery(body)); }));
    auto fails = [](coro::nursery& n) -> coro::awaitable<int> {
        n.start(fail_after, 1s, "child");
        co_await forever();
        co_return 1;
    };
    CHECK(errors_of(loop, coro::open_nursery(fails)) == std::vector<std::string>{"child"});
}

namespace {
coro::awaitable<void> note(std::vector<std::string>& log, std::string text) {
    co_await coro::sleep_for(1s);
    log.push_back(std::move(text));
}
}  // namespace

TEST_CASE("nursery: what is registered on close runs after the children, newest first", "[nursery]") {
    support::virtual_loop loop;
    std::vector<std::string> log;
    auto fails = [](std::vector<std::string>& log) -> coro::awaitable<void> {
        log.push_back("failing");
        throw std::runtime_error("clean-up");
        co_return;
    };
    auto const errors = errors_of(loop, coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
                                      n.on_close(note, std::ref(log), "first");
                                      n.on_close(fails, std::ref(log));
                                      n.on_close(note, std::ref(log), "second");
                                      n.start(note, std::ref(log), "child");
                                      co_return;
                                  }));
    CHECK(log == std::vector<std::string>{"child", "second", "failing", "first"});
    CHECK(errors == std::vector<std::string>{"clean-up"});
    CHECK(loop.elapsed() == 3s);
}

TEST_CASE("nursery: a clean-up registered in a task that is cancelled already runs, with waits that work",
          "[nursery]") {
    support::virtual_loop loop;
    std::vector<std::string> log;
    coro::task<> cancelled(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
        }
        n.on_close(note, std::ref(log), "released");  // acquired after the cancellation
        co_await coro::sleep_for(1h);
    }));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(cancelled);
        cancelled.cancel();
        co_return;
    }));
    CHECK(log == std::vector<std::string>{"released"});
    CHECK(cancelled.cancelled());
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("nursery: a child that says when it is ready", "[nursery]") {
    support::virtual_loop loop;
    auto serve = [](coro::ready<int> ready, int port) -> coro::awaitable<void> {
        co_await coro::sleep_for(1s);
        ready(port + 1);
        co_await forever();
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        int const port = co_await n.start_until_ready<int>(serve, 80);
        CHECK(port == 81);
        CHECK(n.size() == 1);
        n.cancel();
    }));
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("nursery: a child that ends before it is ready", "[nursery]") {
    support::virtual_loop loop;
    auto fails = [](coro::ready<int>) -> coro::awaitable<void> { co_await fail_after(1s, "no port"); };
    auto ends = [](coro::ready<int>) -> coro::awaitable<void> { co_await coro::sleep_for(1s); };
    std::string first;
    auto body = [&](coro::nursery& n) -> coro::awaitable<void> {
        try {
            co_await n.start_until_ready<int>(fails);
        } catch (std::runtime_error const& error) {
            first = error.what();
        }
        co_await n.start_until_ready<int>(ends);
    };
    auto const errors = errors_of(loop, coro::open_nursery(body, coro::on_error::keep_going));
    CHECK(first == "no port");
    CHECK(errors == std::vector<std::string>{"the child has ended without calling ready"});
}

TEST_CASE("nursery: the error of a child before it is ready is its starter's alone", "[nursery]") {
    auto const policy = GENERATE(coro::on_error::cancel_siblings, coro::on_error::keep_going);
    auto const when = GENERATE(0s, 1s);
    support::virtual_loop loop;
    auto fails = [](coro::ready<int>, coro::duration when) -> coro::awaitable<void> { co_await fail_after(when); };
    std::string caught;
    coro::task<> sibling(coro::sleep_for(2s));
    auto body = [&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(sibling);
        try {
            co_await n.start_until_ready<int>(fails, when);
        } catch (std::runtime_error const& error) {
            caught = error.what();
        }
        co_await sibling.join();
    };
    CHECK(errors_of(loop, coro::open_nursery(body, policy)).empty());
    CHECK(caught == "boom");
    CHECK(sibling.finished());
}

TEST_CASE("nursery: the error of a child whose starter has gone, or has its value, is the nursery's", "[nursery]") {
    support::virtual_loop loop;
    bool const is_ready = GENERATE(false, true);
    auto child = [is_ready](coro::ready<int> ready) -> coro::awaitable<void> {
        if (is_ready) ready(1);
        co_await fail_after(2s);
    };
    auto body = [&](coro::nursery& n) -> coro::awaitable<void> {
        coro::task<int> const starter(n.start_until_ready<int>(child));
        n.start(starter);
        co_await coro::sleep_for(1s);
        starter.cancel();
        co_await forever();
    };
    CHECK(errors_of(loop, coro::open_nursery(body)) == std::vector<std::string>{"boom"});
    CHECK(loop.elapsed() == 2s);
}

namespace {
struct load {
    coro::awaitable<int> work(int n) {
        most = std::max(most, ++running);
        co_await coro::sleep_for(1s);
        --running;
        if (n < 0) throw std::runtime_error(std::to_string(n));
        co_return n;
    }
    std::vector<coro::awaitable<int>> works(std::vector<int> const& numbers) {
        std::vector<coro::awaitable<int>> all;
        all.reserve(numbers.size());
        for (int n : numbers) all.push_back(work(n));
        return all;
    }
    int running = 0;
    int most = 0;
};
}  // namespace

TEST_CASE("gather: with a limit at most so many run, errors are values", "[gather]") {
    support::virtual_loop loop;
    load l;
    auto const tasks = loop.run(coro::gather(l.works({1, -2, 3, 4, 5}), 2));
    CHECK(l.most == 2);
    CHECK(loop.elapsed() == 3s);
    CHECK(tasks[0].result() == 1);
    CHECK(tasks[1].failed());
    CHECK(tasks[4].result() == 5);
}

TEST_CASE("wait_all: with a limit the first error keeps the rest from starting", "[wait_all]") {
    support::virtual_loop loop;
    load l;
    CHECK(errors_of(loop, coro::wait_all(l.works({1, 2, -3, 4, 5, 6}), 2)) == std::vector<std::string>{"-3"});
    CHECK(l.most == 2);
    CHECK(loop.elapsed() == 2s);
    load all;
    (void)loop.run(coro::wait_all(all.works({1, 2, 3}), 3));
    CHECK(all.most == 3);
}

TEST_CASE("as_completed: each is told when it ends, in the order of the ends", "[as_completed]") {
    support::virtual_loop loop;
    std::vector<coro::awaitable<int>> works;
    works.push_back(after(3s, 3));
    works.push_back(after(1s, 1));
    works.push_back(after(2s, 2));
    std::vector<int> order;
    auto note = [&](coro::task<int> const& t) { order.push_back(t.result()); };
    loop.run(coro::as_completed(std::move(works), note));
    CHECK(order == std::vector<int>{1, 2, 3});
    load l;
    order.clear();
    loop.run(coro::as_completed(l.works({1, 2, 3, 4}), note, 2));
    CHECK(l.most == 2);
    CHECK(order == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("as_completed: errors that nobody reads come out, one of the visitor's cancels", "[as_completed]") {
    support::virtual_loop loop;
    load l;
    int seen = 0;
    auto counts = [&](coro::task<int> const&) { ++seen; };
    CHECK(errors_of(loop, coro::as_completed(l.works({-1, 2, -3}), counts)) == std::vector<std::string>{"-1", "-3"});
    CHECK(seen == 3);
    std::vector<coro::awaitable<int>> works;
    works.push_back(after(1s, 1));
    works.push_back(after(1h, 2));
    auto throws = [](coro::task<int> const&) { throw std::runtime_error("visitor"); };
    CHECK(errors_of(loop, coro::as_completed(std::move(works), throws)) == std::vector<std::string>{"visitor"});
    CHECK(loop.elapsed() < 1min);
}

TEST_CASE("move_on_after: the result, or nothing", "[move_on_after]") {
    support::virtual_loop loop;
    CHECK(loop.run(coro::move_on_after(2s, after(1s, 7))) == 7);
    CHECK_FALSE(loop.run(coro::move_on_after(1s, after(2s, 7))).has_value());
    CHECK(loop.run(coro::move_on_after(2s, coro::sleep_for(1s))));
    CHECK_FALSE(loop.run(coro::move_on_after(1s, coro::sleep_for(2s))));
    auto own = []() -> coro::awaitable<void> { co_await coro::with_timeout(1s, forever()); };
    CHECK_THROWS_AS(loop.run(coro::move_on_after(2s, own())), coro::timed_out);
    coro::task<bool> outer(coro::move_on_after(2s, forever()));
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        n.start(outer);
        outer.cancel();
        co_return;
    }));
    CHECK(outer.cancelled());
}

TEST_CASE("mutex: one holder at a time, across its waits", "[mutex]") {
    support::virtual_loop loop;
    coro::mutex m;
    int inside = 0;
    auto work = [](coro::mutex& m, int& inside) -> coro::awaitable<void> {
        auto const guard = co_await m.lock();
        CHECK(++inside == 1);
        co_await coro::sleep_for(1s);
        --inside;
    };
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 0; i < 3; ++i) n.start(work, std::ref(m), std::ref(inside));
        CHECK(m.locked());
        CHECK_FALSE(m.try_lock());
        co_return;
    }));
    CHECK(loop.elapsed() == 3s);
    CHECK_FALSE(m.locked());
}

TEST_CASE("task: get waits and returns the result, or throws the error", "[task]") {
    support::virtual_loop loop;
    auto body = [](coro::nursery& n) -> coro::awaitable<int> {
        auto const good = n.start(after<int>, 1s, 7);
        auto const bad = n.start(fail_after, 2s, "bad");
        int const value = co_await good.get();
        CHECK(good.result() == 7);
        int errors = 0;
        try {
            co_await bad.get();
        } catch (std::runtime_error const&) {
            ++errors;
        }
        co_return value + errors;
    };
    CHECK(loop.run(coro::open_nursery(body, coro::on_error::keep_going)) == 8);
}

TEST_CASE("exception_group: what split leaves over goes on", "[exception_group]") {
    coro::rethrow_rest({});
    auto const error = std::make_exception_ptr(std::runtime_error("rest"));
    CHECK_THROWS_AS(coro::rethrow_rest({error}), coro::exception_group);
}
