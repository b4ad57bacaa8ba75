// SPDX-License-Identifier: MIT
// A context that several threads run at once, without a strand: its coroutines are told, and come to their end.
#include "support/coro.hpp"

#include <muster/coro/coro.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

using namespace muster;
using namespace std::chrono_literals;

namespace {

constexpr int most_waits = 100'000;

/// Returns when it has ended, or throws what it throws.
void run_by_several_threads(coro::awaitable<void> work) {
    asio::io_context context;
    auto ended = asio::co_spawn(context, std::move(work), asio::use_future);
    {
        std::vector<std::jthread> threads;
        for (int n = 0; n < 4; ++n) threads.emplace_back([&] { context.run(); });
    }
    ended.get();
}

coro::awaitable<void> sleep_often() {
    for (int n = 0; n < most_waits; ++n) co_await coro::sleep_for(100us);
}

coro::awaitable<void> sleep_in_children() {
    co_await coro::open_nursery([](coro::nursery& n) -> coro::awaitable<void> {
        for (int i = 0; i < 50; ++i) n.start(sleep_often);
        co_return;
    });
}

}  // namespace

TEST_CASE("threads: a coroutine that only sleeps is wrong_loop", "[threads]") {
    for (int round = 0; round < 20; ++round) CHECK_THROWS_AS(run_by_several_threads(sleep_often()), coro::wrong_loop);
}

TEST_CASE("threads: a nursery of sleepers ends with wrong_loop alone", "[threads]") {
    for (int round = 0; round < 20; ++round) {
        try {
            run_by_several_threads(sleep_in_children());
            FAIL("no error");
        } catch (coro::exception_group const& group) {
            CHECK(group.split<coro::wrong_loop>([](coro::wrong_loop const&) {}).empty());
        }
    }
}

TEST_CASE("threads: one after the other may run what begins anew", "[threads]") {
    asio::io_context context;
    for (int n = 0; n < 5; ++n) {
        auto sleep = []() -> coro::awaitable<void> {
            for (int i = 0; i < 3; ++i) co_await coro::sleep_for(100us);
        };
        auto ended = asio::co_spawn(context, sleep(), asio::use_future);
        std::thread([&] { context.run(); }).join();
        context.restart();
        CHECK_NOTHROW(ended.get());
    }
}
