// SPDX-License-Identifier: MIT
// Mistakes that compile: what warns, what is refused, and the way that is right.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>
#include <muster/coro/detail/mistake.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::after;
using support::fail_after;
using support::forever;
using support::throws_aborted;

namespace {

class heard_mistakes {
  public:
    heard_mistakes() : before_(coro::detail::on_mistake([](std::string const& text) { texts().push_back(text); })) {
        texts().clear();
    }
    ~heard_mistakes() { coro::detail::on_mistake(before_); }
    heard_mistakes(heard_mistakes const&) = delete;
    heard_mistakes& operator=(heard_mistakes const&) = delete;
    static std::vector<std::string>& texts() {
        static std::vector<std::string> all;
        return all;
    }

  private:
    coro::detail::mistake_listener before_;
};

/// In a process of its own, whose loops are watched closely.
bool is_aborted(std::function<void()> const& act) {
    pid_t const child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // Catch2 reports it otherwise
        coro::detail::longest_turn = 200ms;
        act();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

// As the guide has it: a cancellation leaves the loop, other errors are tried again.
coro::awaitable<int> retry(int& attempts) {
    for (;;) {
        try {
            ++attempts;
            co_await fail_after(1s);
            co_return attempts;
        } catch (std::exception const& error) {
            if (coro::is_cancellation(error)) throw;
        }
        co_await coro::sleep_for(1s);  // a co_await is not allowed in the catch block
    }
}

}  // namespace

#ifndef NDEBUG
TEST_CASE("mistake: a task that is made and never started warns", "[mistakes]") {
    heard_mistakes const heard;
    { coro::task<int> const forgotten(after(1s, 1), "forgotten"); }
    CHECK(heard.texts() == std::vector<std::string>{"a task was made and never started: 'forgotten'"});
    heard.texts().clear();
    { auto const never_awaited = coro::wait_all(forever()); }
    CHECK(heard.texts().size() == 1);
    heard.texts().clear();
    {
        coro::task<> const cancelled(forever());
        cancelled.cancel();
    }
    CHECK_THROWS(coro::run(coro::wait_all(fail_after(0s), forever())));
    CHECK(heard.texts().empty());
}

TEST_CASE("mistake: an item that is taken out and dropped warns", "[mistakes]") {
    heard_mistakes const heard;
    support::virtual_loop loop;
    coro::queue<int> q(loop.executor());
    auto drop = [](coro::queue<int>& q) -> coro::awaitable<void> { static_cast<void>(co_await q.get()); };
    auto look = [](coro::queue<int>& q) -> coro::awaitable<int> {
        auto const item = co_await q.get();
        co_return *item;
    };
    (void)q.try_put(1);
    (void)q.try_put(2);
    CHECK(loop.run(look(q)) == 1);
    CHECK(heard.texts().empty());
    (void)q.try_put(3);
    { auto const passed_over = q.try_get(); }
    CHECK(heard.texts().empty());
    (void)q.try_put(4);
    loop.run(drop(q));
    CHECK(heard.texts() == std::vector<std::string>{"an item was taken out of a queue and never looked at"});
}

TEST_CASE("mistake: a swallowed cancellation that blocks the loop ends the program", "[mistakes]") {
    auto swallow = []() -> coro::awaitable<void> {
        for (;;) try {
                co_await coro::sleep_for(1h);
            } catch (std::exception const&) {
            }
    };
    bool const debugging = GENERATE(true, false);
    CHECK(is_aborted([&] {
        coro::detail::set_debugging(debugging);
        coro::run(coro::move_on_after(1ms, swallow));
    }));
}

TEST_CASE("mistake: one file without NDEBUG turns the watch on, and no other can differ from it", "[mistakes]") {
    CHECK(coro::detail::is_debugging());  // by this file
    CHECK_FALSE(is_aborted([] {
        coro::detail::set_debugging(false);
        coro::detail::on_mistake([](std::string const&) { std::abort(); });
        { coro::task<int> const forgotten(after(1s, 1)); }
        auto blocks = []() -> coro::awaitable<void> {
            std::this_thread::sleep_for(400ms);  // as a slow disk does
            co_return;
        };
        coro::run(blocks);
    }));
}

TEST_CASE("mistake: without debugging no loop is ended for being busy, or for throwing, alone", "[mistakes]") {
    auto busy_for = [](std::chrono::milliseconds time, bool throws) {
        for (auto const end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) try {
                if (throws) throw coro::timed_out();
            } catch (coro::timed_out const&) {
            }
    };
    bool const throws = GENERATE(true, false);
    CHECK_FALSE(is_aborted([&] {
        coro::detail::set_debugging(false);
        auto body = [&](coro::nursery& nursery) -> coro::awaitable<void> {
            auto const shielded = nursery.start(coro::shield(coro::sleep_for(1ms)));
            co_await coro::sleep_for(0ms);
            if (!throws) shielded.cancel();
            busy_for(1500ms, throws);
        };
        coro::run(coro::open_nursery(body));
    }));
}

TEST_CASE("mistake: tasks of a context that several threads run by turns", "[mistakes]") {
    bool const debugging = GENERATE(true, false);
    coro::detail::set_debugging(debugging);
    asio::io_context context;
    bool over_strand = false;
    SECTION("without a strand") {}
    SECTION("on a strand") {
        over_strand = true;
    }
    coro::executor const ex = over_strand ? coro::executor(asio::make_strand(context)) : context.get_executor();
    coro::queue<int> numbers(ex);
    auto child = [&]() -> coro::awaitable<void> {
        for (int i = 0; i < 10; ++i) {
            co_await numbers.put(i);
            auto const number = co_await numbers.get();
            if (*number != i) throw std::runtime_error("another number");
            co_await coro::sleep_for(0s);
        }
    };
    auto work = [&]() -> coro::awaitable<void> { co_await coro::wait_all(child); };
    auto ended = asio::co_spawn(ex, work(), asio::use_future);
    while (context.run_one() > 0) std::thread([&] { context.run_one(); }).join();
    coro::detail::set_debugging(true);
    if (over_strand) {
        CHECK_NOTHROW(ended.get());
        return;
    }
    try {
        ended.get();
        FAIL("no exception");
    } catch (coro::exception_group const& group) {
        CHECK(group.split<coro::wrong_loop>([](coro::wrong_loop const&) {}).empty());
    }
}
#endif

TEST_CASE("mistake: a nursery that is kept starts nothing after its close", "[mistakes]") {
    support::virtual_loop loop;
    std::optional<coro::nursery> kept;
    loop.run(coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        kept = n;
        kept->start(coro::sleep_for, 1s);
        co_return;
    }));
    CHECK(loop.elapsed() == 1s);
    CHECK_THROWS_AS(kept->start(forever), coro::invalid_state);
    CHECK_THROWS_AS(kept->on_close(forever), coro::invalid_state);
    CHECK(kept->cancelled());
    CHECK(kept->size() == 0);
    kept->cancel();
}

TEST_CASE("cancellation: is_cancellation tells it from other errors", "[mistakes]") {
    asio::system_error const aborted(asio::error::operation_aborted), reset(asio::error::connection_reset);
    CHECK(coro::is_cancellation(aborted));
    CHECK(coro::is_cancellation(std::make_exception_ptr(aborted)));
    CHECK_FALSE(coro::is_cancellation(reset));
    CHECK_FALSE(coro::is_cancellation(std::make_exception_ptr(1)));
    CHECK_FALSE(coro::is_cancellation(std::exception_ptr()));
    CHECK_FALSE(coro::is_cancellation(coro::timed_out()));
}

TEST_CASE("cancellation: it leaves the documented loop of retries", "[mistakes]") {
    support::virtual_loop loop;
    int attempts = 0;
    CHECK_THROWS_AS(loop.run(coro::with_timeout(9500ms, retry(attempts))), coro::timed_out);
    CHECK(attempts == 5);
    CHECK(loop.elapsed() == 9500ms);
}

TEST_CASE("loop_watchdog: it tells of a loop that is blocked, and of no other", "[loop_watchdog]") {
    asio::io_context context;
    auto const work = asio::make_work_guard(context);
    std::atomic<bool> blocked = false;
    std::thread runs([&] { context.run(); });
    {
        coro::loop_watchdog const watchdog(context.get_executor(), 20s, [&] { blocked = true; });
        std::atomic<bool> turned = false;
        asio::post(context, [&] { turned = true; });
        while (!turned) std::this_thread::yield();
    }
    CHECK_FALSE(blocked);
    {
        coro::loop_watchdog const watchdog(context.get_executor(), 20ms, [&] { blocked = true; });
        asio::post(context, [&] {
            while (!blocked) std::this_thread::yield();  // as a swallowed cancellation does
        });
        while (!blocked) std::this_thread::yield();
    }
    context.stop();
    runs.join();
}
