// SPDX-License-Identifier: MIT
// Jobs of several steps over one connection, and what keeps a step from starting.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <type_traits>
#include <vector>

#include "fleet.hpp"

using namespace engine_test;

namespace {

muster::job steps(std::vector<std::string> commands) {
    std::vector<muster::step> all;
    for (auto& command : commands) all.push_back({std::move(command)});
    return muster::job(std::move(all));
}

}  // namespace

// g++ 12.2 destroys the temporary of an aggregate twice in an expression with co_await: see gccbugs.cpp.
static_assert(!std::is_aggregate_v<muster::step> && !std::is_aggregate_v<muster::script_step> &&
              !std::is_aggregate_v<muster::push_step> && !std::is_aggregate_v<muster::check_step> &&
              !std::is_aggregate_v<muster::pull_step> && !std::is_aggregate_v<muster::always_step>);

TEST_CASE("steps: one after the other over one connection, and the command is told to be sent once") {
    fleet all(1);
    all.work = steps({"one", "two", "three"});
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(all.story(0) == "connect exec exec exec close drop");
    CHECK(all.told.count("command_sent") == 1);
}

TEST_CASE("steps: the first that does not end well is the last") {
    fleet all(1);
    all.work = steps({"one", "two"});
    all[0].status = 3;
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "failed/ended");
    CHECK(results.hosts[0].status == 3U);
    CHECK(all.story(0) == "connect exec close drop");
}

TEST_CASE("steps: a stop between two steps starts no other") {
    // h1 fails at 17 ms, while h0 is between the end of its first step and the request for its second.
    fleet all(2);
    all.work = steps({"one", "two"});
    all.halt(muster::halt_when::soon);
    all[0].open_time = 6ms;
    all[1].status = 1;
    all[1].runs = 15ms;
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "stopped/ended");
    CHECK(all.story(0) == "connect exec drop");
    CHECK(outcome(results.hosts[1]) == "failed/ended");
}

TEST_CASE("steps: a stop while the channel is being opened sends no command") {
    auto const when = GENERATE(muster::halt_when::soon, muster::halt_when::now);
    fleet all(2);
    all.halt(when);
    all[0].open_time = 10s;
    all[1].status = 1;
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "not_started/not_sent");
    CHECK(all.story(0).find("exec") == std::string::npos);
}

TEST_CASE("steps: a channel that does not open in time is a limit that has passed, with nothing sent") {
    fleet all(1);
    all.how.connect_timeout = 2s;
    all[0].open_time = forever_long;
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "timed_out/not_sent");
    CHECK(results.hosts[0].at == stage::session);
    CHECK(results.hosts[0].error == "no session within 2 s");
}
