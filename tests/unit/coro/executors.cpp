// SPDX-License-Identifier: MIT
// Any executor of Asio, any completion token, and awaitables made from callbacks.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;
using support::forever;

namespace {

coro::awaitable<int> workload() {
    auto const ex = co_await coro::this_coro::executor;
    coro::queue<int> q(ex, 3);
    int sum = 0;
    auto worker = [](coro::queue<int>& q, int& sum) -> coro::awaitable<void> {
        for (;;) {
            auto item = co_await q.get();
            co_await coro::sleep_for(100us);
            sum += *item;
        }
    };
    co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 0; i < 4; ++i) n.start(worker(q, sum), coro::daemon);
        for (int i = 1; i <= 50; ++i) co_await q.put(i);
        co_await q.join();
    });
    bool late = false;
    try {
        co_await coro::with_timeout(1ms, forever());
    } catch (coro::timed_out const&) {
        late = true;
    }
    co_return late ? sum : 0;
}

}  // namespace

TEST_CASE("executors: io_context, strand, thread_pool", "[executors]") {
    SECTION("an io_context in the caller's hands, a future as token") {
        asio::io_context context;
        auto result = asio::co_spawn(context, workload(), asio::use_future);
        context.run();
        CHECK(result.get() == 1275);
        CHECK(coro::running_tasks(context) == 0);
    }
    SECTION("a thread_pool of one thread") {
        asio::thread_pool pool(1);
        CHECK(asio::co_spawn(pool, workload(), asio::use_future).get() == 1275);
    }
    SECTION("strands of one pool of several threads") {
        asio::thread_pool pool(3);
        auto a = asio::co_spawn(asio::make_strand(pool), workload(), asio::use_future);
        auto b = asio::co_spawn(asio::make_strand(pool), workload(), asio::use_future);
        CHECK(a.get() == 1275);
        CHECK(b.get() == 1275);
    }
}

TEST_CASE("executors: two fleets in one io_context know nothing of each other", "[executors]") {
    asio::io_context context;
    auto fails = []() -> coro::awaitable<void> { co_await coro::wait_all(support::fail_after(1ms), forever()); };
    auto good = asio::co_spawn(context, workload(), asio::use_future);
    auto bad = asio::co_spawn(context, fails(), asio::use_future);
    context.run();
    CHECK(good.get() == 1275);
    CHECK_THROWS_AS(bad.get(), coro::exception_group);
}

TEST_CASE("tokens: a callback with a cancellation slot", "[executors]") {
    asio::io_context context;
    asio::cancellation_signal signal;
    std::exception_ptr error;
    bool called = false;
    coro::task<> child(forever());
    auto work = [](coro::task<> child) -> coro::awaitable<void> {
        co_await coro::open_nursery([&](coro::nursery& n) -> coro::awaitable<void> {
            n.start(child);
            co_return;
        });
    };
    auto callback = [&](std::exception_ptr e) { called = true, error = e; };
    asio::co_spawn(context, work(child), asio::bind_cancellation_slot(signal.slot(), callback));
    context.poll();
    CHECK_FALSE(called);
    SECTION("terminal") {
        signal.emit(asio::cancellation_type::terminal);
    }
    SECTION("all") {
        signal.emit(asio::cancellation_type::all);
    }
    context.run();
    CHECK(called);
    CHECK(error != nullptr);
    CHECK(child.cancelled());
}

TEST_CASE("tokens: a cancellation that isn't terminal is filtered by Asio", "[executors]") {
    asio::io_context context;
    asio::cancellation_signal signal;
    coro::event e;
    bool ok = false;
    auto callback = [&](std::exception_ptr error) { ok = !error; };
    auto work = [](coro::event& e) -> coro::awaitable<void> { co_await coro::wait_all(e.wait()); };
    asio::co_spawn(context, work(e), asio::bind_cancellation_slot(signal.slot(), callback));
    context.poll();
    signal.emit(asio::cancellation_type::total);
    context.poll();
    e.set();
    context.run();
    CHECK(ok);
}

TEST_CASE("on_strand: work is on one thread at a time in a context with several", "[executors]") {
    asio::thread_pool pool(4);
    std::vector<std::future<int>> results;
    results.reserve(8);
    for (int i = 0; i < 8; ++i) results.push_back(asio::co_spawn(pool, coro::on_strand(workload), asio::use_future));
    for (auto& result : results) CHECK(result.get() == 1275);
    pool.join();
}

TEST_CASE("on_strand: cancellation and errors come through", "[executors]") {
    asio::io_context context;
    asio::cancellation_signal signal;
    bool ended = false;
    auto work = [](bool& ended) -> coro::awaitable<int> {
        try {
            co_await forever();
        } catch (asio::system_error const&) {
            ended = true;
        }
        co_return 7;
    };
    int value = 0;
    auto done = [&](std::exception_ptr error, int result) {
        CHECK_FALSE(error);
        value = result;
    };
    auto lets_partial_through = [&]() -> coro::awaitable<int> {
        co_await coro::this_coro::reset_cancellation_state(asio::enable_partial_cancellation());
        co_return co_await coro::on_strand(work, std::ref(ended));
    };
    auto const kind = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial);
    asio::co_spawn(context, lets_partial_through(), asio::bind_cancellation_slot(signal.slot(), done));
    context.poll();
    signal.emit(asio::cancellation_type::total);
    context.poll();
    CHECK_FALSE(ended);
    signal.emit(kind);
    context.run();
    CHECK(ended);
    CHECK(value == 7);
    auto fails = []() -> coro::awaitable<void> { co_await support::fail_after(0s, "bad"); };
    CHECK_THROWS_AS(coro::run(coro::on_strand(fails)), std::runtime_error);
}

TEST_CASE("on_strand: a context that dies destroys both sides", "[executors]") {
    auto const alive = std::make_shared<int>(0);
    {
        asio::io_context context;
        auto outer = [](std::shared_ptr<int> kept) -> coro::awaitable<void> {
            auto inner = [](std::shared_ptr<int>) -> coro::awaitable<void> { co_await forever(); };
            co_await coro::on_strand(inner, kept);
        };
        asio::co_spawn(context, coro::call(outer, alive), [](std::exception_ptr) {});
        context.poll();
        CHECK(alive.use_count() > 1);
    }
    CHECK(alive.use_count() == 1);
}
