// SPDX-License-Identifier: MIT
// Runs that are stopped at a random moment: at every stage of some host, sooner or later.
#include <dirent.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <random>
#include <stop_token>
#include <thread>

#include "ssh/support/child.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;

namespace {

/// Asks for a stop after a while, unless it is destroyed before.
class late_stop {
  public:
    explicit late_stop(std::chrono::nanoseconds after)
        : thread_([this, after](std::stop_token const& unneeded) {
              std::unique_lock held(lock_);
              if (!changed_.wait_for(held, unneeded, after, [] { return false; }) && !unneeded.stop_requested()) {
                  source_.request_stop();
              }
          }) {}

    std::stop_token token() const { return source_.get_token(); }

  private:
    std::stop_source source_;
    std::mutex lock_;
    std::condition_variable_any changed_;
    std::jthread thread_;
};

std::size_t open_descriptors() {
    auto const all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct tally {
    std::size_t ok = 0;
    std::size_t stopped = 0;
    std::size_t not_started = 0;
};

void check(host_result const& result, tally& seen) {
    CAPTURE(result.host, ending(result), error_message(result));
    switch (result.state) {
        case final_state::ok:
            CHECK(result.out == "begun\ndone\n");
            ++seen.ok;
            break;
        case final_state::stopped:
            CHECK(std::string("begun\ndone\n").starts_with(result.out));
            ++seen.stopped;
            break;
        case final_state::not_started:
            CHECK(result.command == command_fate::not_sent);
            CHECK(result.out.empty());
            ++seen.not_started;
            break;
        default:
            FAIL_CHECK("no other way to end");
    }
}

}  // namespace

TEST_CASE("a run that is stopped at any moment ends, and leaves nothing behind") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto where = fleet.endpoints(3);
    where.push_back(rogues.at("dribble-slowly"));
    where.push_back(rogues.at("service-withheld"));
    options options;
    options.connect_timeout = patience;
    options.fanout = 4;
    options.grace = 10s;
    std::mt19937_64 random(7);
    auto const begin = std::chrono::steady_clock::now();
    CHECK(run_on(fleet.endpoints(3), "echo begun; sleep 0.05; echo done", options).ok());
    auto const whole = std::chrono::steady_clock::now() - begin;
    auto const before = open_descriptors();

    tally seen;
    int const runs = std::getenv("MUSTER_LONG") != nullptr ? 1000 : 100;
    for (int i = 0; i < runs; ++i) {
        std::chrono::nanoseconds const after(random() % static_cast<std::uint64_t>((whole * 3 / 2).count()));
        late_stop const stop(after);
        auto const results = run_on(where, "echo begun; sleep 0.05; echo done", options, {}, stop.token());
        REQUIRE(results.hosts.size() == where.size());
        for (auto const& result : results.hosts) check(result, seen);
    }
    CHECK(open_descriptors() == before);
    CHECK(eventually([&] { return fleet.commands().empty(); }));
    CAPTURE(seen.ok, seen.stopped, seen.not_started);
    CHECK(seen.ok > 0);
    CHECK(seen.stopped > 0);
    CHECK(seen.not_started > 0);
}
