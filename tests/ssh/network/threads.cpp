// SPDX-License-Identifier: MIT
// Runs on a context that several threads run.
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
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
