// SPDX-License-Identifier: MIT
// Mistakes that compile: what warns, what is refused, and the way that is right.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>
#include <muster/coro/detail/mistake.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
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
    pid_t const child = ::fork();
    if (child == 0) {
        coro::detail::longest_turn = 200ms;
        auto swallow = []() -> coro::awaitable<void> {
            for (;;) try {
                    co_await coro::sleep_for(1h);
                } catch (std::exception const&) {
                }
        };
        coro::run(coro::move_on_after(1ms, swallow));
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
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
