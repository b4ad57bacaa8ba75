// SPDX-License-Identifier: MIT
// The first half of the examples in packaging/structured-concurrency.md; page.cpp checks that page and code are equal.
#include "support/coro.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/coro.hpp>

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace coro = muster::coro;
using coro::awaitable;
using namespace std::chrono_literals;

struct connection {
    explicit connection(std::string host) : host(std::move(host)) {}
    std::string host;
};

// What the examples talk to: "slow" takes a minute, "bad" fails, all others answer after 100 ms.
awaitable<std::string> ask(std::string host) {
    co_await coro::sleep_for(host == "slow" ? coro::duration(60s) : coro::duration(100ms));
    if (host == "bad") throw std::runtime_error("bad: connection refused");
    co_return host + " is up";
}

// [run]
awaitable<int> answer() {
    co_await coro::sleep_for(1ms);
    co_return 42;
}

int from_plain_code() {
    return coro::run(answer());
}
// [end]

// [fan-out]
awaitable<std::vector<std::string>> ask_all(std::vector<std::string> hosts) {
    std::vector<coro::task<std::string>> tasks;
    tasks.reserve(hosts.size());
    co_await coro::open_nursery([&](coro::nursery& nursery) -> awaitable<void> {
        for (auto const& host : hosts) tasks.push_back(nursery.start(ask, host));
        co_return;
    });
    std::vector<std::string> answers;
    answers.reserve(hosts.size());
    for (auto const& task : tasks) answers.push_back(task.result());
    co_return answers;
}
// [end]

// [first-error]
awaitable<std::string> what_went_wrong() {
    coro::task<std::string> slow(ask("slow"));
    std::string report;
    try {
        co_await coro::wait_all(slow, ask("good"), ask("bad"));
    } catch (coro::exception_group const& group) {
        auto const rest = group.split<std::runtime_error>([&](std::runtime_error& error) { report = error.what(); });
        if (!rest.empty()) throw;
    }
    if (slow.cancelled()) report += "; slow was cancelled";
    co_return report;
}
// [end]

// [time-limit]
awaitable<std::string> first_answer(std::string host, std::string mirror) {
    auto const [left, right] = co_await coro::with_timeout(5s, coro::wait_any(ask(host), ask(mirror)));
    co_return left.finished() ? left.result() : right.result();
}
// [end]

// [pausable]
awaitable<std::string> ask_with_passphrase(coro::event& typed) {
    auto const ex = co_await coro::this_coro::executor;
    coro::deadline limit(ex, 10s);
    co_await coro::with_deadline(limit, ask("gateway"));
    {
        auto const pause = limit.pause();  // a human is not on the clock
        co_await typed.wait();
    }
    co_return co_await coro::with_deadline(limit, ask("target"));
}
// [end]

// [ticker]
awaitable<void> ticker(int& ticks) {
    for (;;) {
        co_await coro::sleep_for(1s);
        ++ticks;
    }
}

awaitable<std::string> ask_with_progress(int& ticks) {
    auto const [background, body] = co_await coro::run_as_daemon(ticker(ticks), ask("slow"));
    co_return body.result();
}
// [end]

// [clean-up]
awaitable<void> log_out(std::vector<std::string>& log, connection& c) {
    co_await coro::sleep_for(10ms);  // waits like any other coroutine, although its task is cancelled
    log.push_back("logged out of " + c.host);
}

awaitable<void> use(std::vector<std::string>& log) {
    connection c("web1");
    co_await coro::finally(coro::sleep_for(1h), log_out(log, c));
}
// [end]

// [retry]
awaitable<std::string> ask_again(std::string host) {
    for (;;) {
        try {
            co_return co_await ask(host);
        } catch (std::exception const& error) {
            if (coro::is_cancellation(error)) throw;
        }
        co_await coro::sleep_for(1s);
    }
}
// [end]

// [ready]
awaitable<void> serve(coro::ready<int> ready, coro::event& stop) {
    co_await coro::sleep_for(1s);  // until it listens
    ready(8080);
    co_await stop.wait();
}

awaitable<int> with_service(coro::event& stop) {
    co_return co_await coro::open_nursery([&](coro::nursery& nursery) -> awaitable<int> {
        int const port = co_await nursery.start_until_ready<int>(serve, std::ref(stop));
        stop.set();
        co_return port;
    });
}
// [end]

}  // namespace

TEST_CASE("page: run") {
    CHECK(from_plain_code() == 42);
}

TEST_CASE("page: fan-out") {
    support::virtual_loop loop;
    std::vector<std::string> const hosts{"a", "b"};
    CHECK(loop.run(ask_all(hosts)) == std::vector<std::string>{"a is up", "b is up"});
    CHECK(loop.elapsed() == 100ms);
}

TEST_CASE("page: first error wins") {
    support::virtual_loop loop;
    CHECK(loop.run(what_went_wrong()) == "bad: connection refused; slow was cancelled");
    CHECK(loop.elapsed() == 100ms);
}

TEST_CASE("page: race with a time limit") {
    support::virtual_loop loop;
    CHECK(loop.run(first_answer("slow", "mirror")) == "mirror is up");
    CHECK_THROWS_AS(loop.run(first_answer("slow", "slow")), coro::timed_out);
}

TEST_CASE("page: a deadline whose clock stands") {
    support::virtual_loop loop;
    coro::event typed;
    auto human = [](coro::event& typed) -> awaitable<void> {
        co_await coro::sleep_for(1h);
        typed.set();
    };
    auto const [answer, nobody] = loop.run(coro::wait_all(ask_with_passphrase(typed), human(typed)));
    CHECK(answer.result() == "target is up");
}

TEST_CASE("page: progress ticker") {
    support::virtual_loop loop;
    int ticks = 0;
    CHECK(loop.run(ask_with_progress(ticks)) == "slow is up");
    CHECK(ticks == 60);  // the last one in the tick in which the answer comes
}

TEST_CASE("page: another try") {
    support::virtual_loop loop;
    CHECK(loop.run(ask_again("good")) == "good is up");
    CHECK_THROWS_AS(loop.run(coro::with_timeout(10s, ask_again("bad"))), coro::timed_out);
    CHECK(loop.elapsed() == 10100ms);
}

TEST_CASE("page: a service that is ready") {
    support::virtual_loop loop;
    coro::event stop;
    CHECK(loop.run(with_service(stop)) == 8080);
    CHECK(loop.elapsed() == 1s);
}

TEST_CASE("page: clean-up under shield") {
    support::virtual_loop loop;
    std::vector<std::string> log;
    CHECK_THROWS_AS(loop.run(coro::with_timeout(1s, use(log))), coro::timed_out);
    CHECK(log == std::vector<std::string>{"logged out of web1"});
}
