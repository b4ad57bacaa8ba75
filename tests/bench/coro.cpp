// SPDX-License-Identifier: MIT
// What structured concurrency costs per task, beside naked co_spawn in the same run, and what Asio's operators lose.
//
// Prints one line per measure: the value, and where there is one the target. Build with -O2. Times are the best of
// five.
#include <muster/coro/coro.hpp>

#include <malloc.h>
#include <time.h>
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/version.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

using namespace muster;
using namespace std::chrono_literals;

namespace {

// The processor time of this thread: other programs on the machine don't count.
struct clock_type {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<clock_type>;
    static time_point now() {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return time_point(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
    }
};

double microseconds(clock_type::duration d) {
    return std::chrono::duration<double, std::micro>(d).count();
}

void line(char const* what, double value, char const* unit, double target = 0) {
    std::printf("%-58s %10.3f %-6s", what, value, unit);
    if (target > 0) std::printf("  target %g%s", target, value <= target ? "" : "  MISSED");
    std::printf("\n");
}

// The best of five, divided by the number of tasks.
double best(std::size_t tasks, std::function<clock_type::duration()> const& measure) {
    auto d = measure();
    for (int i = 0; i < 4; ++i) d = std::min(d, measure());
    return microseconds(d) / static_cast<double>(tasks);
}

clock_type::duration time_of(coro::awaitable<void> work) {
    asio::io_context context(1);
    asio::co_spawn(context, std::move(work), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    auto const begin = clock_type::now();
    context.run();
    return clock_type::now() - begin;
}

coro::awaitable<void> nothing() {
    co_return;
}
coro::awaitable<void> until(coro::event& e) {
    co_await e.wait();
}

constexpr std::size_t many = 100'000;
constexpr std::size_t parked_tasks = 10'000;

coro::awaitable<void> start_and_join() {
    co_await coro::open_nursery([](coro::nursery& n) -> coro::awaitable<void> {
        for (std::size_t i = 0; i < many; ++i) n.start(nothing());
        co_return;
    });
}

coro::awaitable<void> naked_start() {
    auto const ex = co_await coro::this_coro::executor;
    for (std::size_t i = 0; i < many; ++i) asio::co_spawn(ex, nothing(), [](std::exception_ptr) {});
}

coro::awaitable<void> plain_await() {
    for (std::size_t i = 0; i < many; ++i) co_await nothing();
}

std::size_t heap_bytes() {
    return mallinfo2().uordblks + mallinfo2().hblkhd;
}

struct parked {
    double bytes = 0;
    clock_type::duration cancel{};
};

coro::awaitable<void> park_and_cancel(parked& result) {
    coro::event never;
    clock_type::time_point begin;
    co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        auto const before = heap_bytes();
        for (std::size_t i = 0; i < parked_tasks; ++i) n.start(until(never));
        result.bytes = static_cast<double>(heap_bytes() - before) / parked_tasks;
        begin = clock_type::now();
        n.cancel();
        co_return;
    });
    result.cancel = clock_type::now() - begin;
}

coro::awaitable<void> park_and_wake(clock_type::duration& taken) {
    coro::event e;
    clock_type::time_point begin;
    co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (std::size_t i = 0; i < parked_tasks; ++i) n.start(until(e));
        begin = clock_type::now();
        e.set();
        co_return;
    });
    taken = clock_type::now() - begin;
}

coro::awaitable<void> naked_timer(asio::steady_timer& t) {
    asio::error_code error;
    co_await t.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

double naked_parked_bytes() {
    asio::io_context context(1);
    asio::steady_timer timer(context, asio::steady_timer::time_point::max());
    auto const before = heap_bytes();
    for (std::size_t i = 0; i < parked_tasks; ++i)
        asio::co_spawn(context, naked_timer(timer), [](std::exception_ptr) {});
    context.poll();
    return static_cast<double>(heap_bytes() - before) / parked_tasks;
}

coro::awaitable<void> queue_items() {
    auto const ex = co_await coro::this_coro::executor;
    coro::queue<int> q(ex, 100);
    auto worker = [](coro::queue<int>& q) -> coro::awaitable<void> {
        for (;;) auto const item = co_await q.get();
    };
    co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 0; i < 3; ++i) n.start(worker(q), coro::daemon);
        for (std::size_t i = 0; i < many; ++i) co_await q.put(1);
        co_await q.join();
    });
}

coro::awaitable<void> timeouts() {
    for (std::size_t i = 0; i < many / 10; ++i) co_await coro::with_timeout(1h, nothing());
}

coro::awaitable<void> races() {
    for (std::size_t i = 0; i < many / 10; ++i) co_await coro::wait_any(nothing(), nothing());
}

coro::awaitable<void> failing() {
    throw std::runtime_error("x");
    co_return;
}

coro::awaitable<void> failures() {
    auto body = [](coro::nursery& n) -> coro::awaitable<void> {
        for (std::size_t i = 0; i < parked_tasks; ++i) n.start(failing());
        co_return;
    };
    try {
        co_await coro::open_nursery(body, coro::on_error::keep_going);
    } catch (coro::exception_group const&) {
    }
}

// ---- what the operators lose
// -----------------------------------------------------------------------------------------

coro::awaitable<void> fail_after(coro::duration d, char const* text) {
    co_await coro::sleep_for(d);
    throw std::runtime_error(text);
}

std::string ending(coro::awaitable<void> work) {
    auto const begin = std::chrono::steady_clock::now();
    std::string text = "no error";
    try {
        coro::run(std::move(work));
    } catch (std::exception const& error) {
        text = error.what();
    }
    return text + ", after " +
           std::to_string(
               std::chrono::round<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count()) +
           " ms";
}

#if !defined(__clang__) || ASIO_VERSION >= 102600
coro::awaitable<void> operator_or() {
    using namespace asio::experimental::awaitable_operators;
    auto either = fail_after(1ms, "early") || coro::sleep_for(30ms);
    co_await std::move(either);
}

coro::awaitable<void> operator_and() {
    using namespace asio::experimental::awaitable_operators;
    auto both = fail_after(1ms, "first") && fail_after(1ms, "second");
    co_await std::move(both);
}
#else
coro::awaitable<void> operator_or() {
    throw std::runtime_error("does not compile here");
    co_return;
}
coro::awaitable<void> operator_and() {
    throw std::runtime_error("does not compile here");
    co_return;
}
#endif

coro::awaitable<void> layer_any() {
    co_await coro::wait_any(fail_after(1ms, "early"), coro::sleep_for(30ms));
}
coro::awaitable<void> layer_all() {
    co_await coro::wait_all(fail_after(1ms, "first"), fail_after(1ms, "second"));
}

}  // namespace

int main() {
    std::printf("Asio %d.%d.%d\n", ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000, ASIO_VERSION % 100);
    line("co_await of a coroutine", best(many, [] { return time_of(plain_await()); }), "us");
    line("naked co_spawn, empty task", best(many, [] { return time_of(naked_start()); }), "us");
    line("nursery: start and join, empty task", best(many, [] { return time_of(start_and_join()); }), "us", 1);

    line("naked co_spawn, parked on a timer", naked_parked_bytes(), "bytes");
    parked p;
    auto const cancel = best(parked_tasks, [&] { return time_of(park_and_cancel(p)), p.cancel; });
    line("nursery: parked child", p.bytes, "bytes", 2048);
    line("nursery: cancel 10,000 parked children and join", cancel, "us", 10);
    clock_type::duration woken{};
    line("nursery: wake 10,000 parked children and join",
         best(parked_tasks, [&] { return time_of(park_and_wake(woken)), woken; }), "us");
    line("nursery: 10,000 children throw into one group", best(parked_tasks, [] { return time_of(failures()); }), "us");
    line("queue: put, get and finish, 3 workers", best(many, [] { return time_of(queue_items()); }), "us");
    line("wait_any of two empty tasks", best(many / 10, [] { return time_of(races()); }), "us");
    line("with_timeout(1h) of an empty task", best(many / 10, [] { return time_of(timeouts()); }), "us");

    std::printf("\nwhat comes out when work fails after 1 ms beside work of 30 ms:\n");
    std::printf("  asio  a || b    %s\n", ending(operator_or()).c_str());
    std::printf("  muster wait_any %s\n", ending(layer_any()).c_str());
    std::printf("what comes out when two fail at once:\n");
    std::printf("  asio  a && b    %s\n", ending(operator_and()).c_str());
    std::printf("  muster wait_all %s\n", ending(layer_all()).c_str());
}
