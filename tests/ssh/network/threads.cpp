// SPDX-License-Identifier: MIT
// Runs on a context that several threads run.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <exception>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>

#include <muster/async_run.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;

namespace {

/// Sees whether it is called by two threads at once.
class overlap_sink final : public sink {
  public:
    flow tell(event const&) override {
        overlaps_ += inside_.exchange(true) ? 1 : 0;
        std::this_thread::yield();
        inside_ = false;
        return flow::go_on;
    }
    int overlaps() const { return overlaps_; }

  private:
    std::atomic<bool> inside_ = false;
    std::atomic<int> overlaps_ = 0;
};

/// Sees the first output of a run, and that it is stopped.
class run_watch final : public sink {
  public:
    flow tell(event const& told) override {
        has_output_ |= std::holds_alternative<events::output>(told);
        is_stopping_ |= std::holds_alternative<events::stopping>(told);
        return flow::go_on;
    }
    bool has_output() const { return has_output_; }
    bool is_stopping() const { return is_stopping_; }

  private:
    bool has_output_ = false;
    bool is_stopping_ = false;
};

asio::awaitable<report> run_here(std::vector<endpoint> where, overlap_sink& told) {
    job const job{"head -c 20000 /dev/zero"};
    auto options = patient();
    options.keep_output = 100'000;
    co_return co_await async_run(where, job, options, told);
}

}  // namespace

TEST_CASE("runs on a pool of threads are each on a strand: no event beside another, no byte lost") {
    ssh_fleet const fleet({"h1", "h2"}, "MaxStartups 100\n");
    asio::thread_pool pool(4);
    overlap_sink told[2];
    std::vector<std::future<report>> runs;
    for (auto& sink : told) runs.push_back(asio::co_spawn(pool, run_here(fleet.endpoints(20), sink), asio::use_future));
    for (auto& run : runs) {
        auto const results = run.get();
        CHECK(results.ok());
        for (auto const& host : results.hosts) CHECK(host.out.size() == 20000);
    }
    pool.join();
    for (auto const& sink : told) CHECK(sink.overlaps() == 0);
}

TEST_CASE("partial cancellation stops a run where the caller's coroutine lets it through, total none") {
    ssh_fleet const fleet({"h1"});
    auto const where = fleet.endpoints();
    job const job{"echo up; exec sleep 1000"};
    auto const options = patient();
    run_watch told;
    asio::io_context context;
    asio::cancellation_signal signal;
    std::optional<report> results;
    auto done = [&](std::exception_ptr error, report ended) {
        CHECK_FALSE(error);
        results = std::move(ended);
    };
    auto lets_partial_through = [&]() -> asio::awaitable<report> {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_partial_cancellation());
        co_return co_await async_run(where, job, options, told);
    };
    asio::co_spawn(context, lets_partial_through(), asio::bind_cancellation_slot(signal.slot(), done));
    while (!told.has_output()) context.run_one();
    signal.emit(asio::cancellation_type::total);
    context.poll();
    CHECK_FALSE(told.is_stopping());
    signal.emit(asio::cancellation_type::partial);
    context.run();
    REQUIRE(results);
    CHECK(results->cause == stop_cause::cancelled);
    CHECK(results->count(final_state::stopped) == 1);
    CHECK(fleet.commands().empty());
}
