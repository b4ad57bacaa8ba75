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
    CHECK(results.hosts[0].stage == stage::session);
    CHECK(error_message(results.hosts[0]) == "no session within 2 s");

    muster::endpoint bastion;
    bastion.label = "bastion";
    all.where[0].settings.change().jump = std::make_shared<muster::endpoint const>(bastion);
    auto const behind = all.run();
    CHECK(outcome(behind.hosts[0]) == "timed_out/not_sent");
    CHECK(behind.hosts[0].stage == stage::session);
    CHECK(error_message(behind.hosts[0]) == "via bastion: no session within 2 s");
}

TEST_CASE("steps: each is reported with its own end, and the host with the whole") {
    fleet all(1);
    all.work = steps({"one", "two", "three"});
    muster::check_step check(muster::step{"two"});
    check.within = 0s;
    all.work.steps[1] = check;
    all[0].statuses = {0, 3};
    auto const host = all.run().hosts[0];
    REQUIRE(host.steps.size() == 2);
    CHECK(host.steps[0].stage == stage::command);
    CHECK(host.steps[0].state == final_state::ok);
    CHECK(host.steps[0].command == command_fate::ended);
    CHECK(host.steps[0].status == 0U);
    CHECK(host.steps[1].stage == stage::check);
    CHECK(host.steps[1].state == final_state::failed);
    CHECK(error_message(host.steps[1]) == "exit status 3");
    CHECK(host.steps[0].duration + host.steps[1].duration <= host.duration);
    CHECK(host.steps[0].duration > 0s);
    CHECK(host.stage == stage::check);
    CHECK(outcome(host) == "failed/ended");
    CHECK(host.status == 0U);
    CHECK(host.steps[1].status == 3U);
    REQUIRE(host.steps[1].counts.size() == 1);
    CHECK(host.steps[1].counts[0].name == "tries");
}

TEST_CASE("steps: a check is tried a last time when its limit is over, be that shorter than its pause") {
    fleet all(1);
    all.work = steps({"one", "two"});
    auto const within = GENERATE(1s, 3s);
    muster::check_step check(muster::step{"two"});
    check.within = within;
    all.work.steps[1] = check;
    all[0].statuses = within == 1s ? std::vector<unsigned>{0, 3, 0} : std::vector<unsigned>{0, 3, 3, 3};
    auto const host = all.run().hosts[0];
    REQUIRE(host.steps.size() == 2);
    CHECK(host.steps[1].counts.at(0).value == (within == 1s ? 2 : 3));
    CHECK(outcome(host) == (within == 1s ? "ok/ended" : "failed/ended"));
    CHECK(host.steps[1].duration >= within);
    CHECK(host.steps[1].duration < within + 1s);
}

TEST_CASE("steps: a check whose connection was lost connects anew, unless no other login would end otherwise") {
    fleet all(1);
    all.work = muster::job(std::vector<muster::job_step>{muster::check_step(muster::step{"up"})});
    all[0].ends = ending::connection_breaks;
    all[0].fails_after_boot = 2;
    SECTION("while the host cannot be reached") {
        all[0].breaks_times = 1;
        auto const host = all.run().hosts[0];
        CHECK(host.state == final_state::ok);
        CHECK(all.hosts.count("connect") == 4);
        CHECK(all.hosts.count("exec") == 2);
    }
    SECTION("not after another host key or a refused login") {
        all[0].fails_as = GENERATE(final_state::host_key, final_state::auth);
        auto const host = all.run().hosts[0];
        CHECK(host.state == all[0].fails_as);
        CHECK(all.hosts.count("connect") == 2);
    }
}

TEST_CASE("steps: a host may begin with a later one, and is told of each that others follow") {
    fleet all(2);
    all.work = steps({"one", "two", "three"});
    all.work.steps[1] = muster::check_step(muster::step{"two"});
    all.work.steps[2] = muster::check_step(muster::step{"three"});
    all.work.begins_at = [](std::size_t host) { return host; };
    auto const results = all.run();
    CHECK(all.story(0) == "connect exec exec exec close drop");
    CHECK(all.story(1) == "connect exec exec close drop");
    CHECK(outcome(results.hosts[1]) == "ok/ended");
    auto const stories = all.told.stories(2);
    CHECK(stories[0] == "host_started command_sent host_ended");
    CHECK(stories[1] == "host_started host_ended");
    CHECK(all.told.count("step_done") == 3);
    CHECK(all.told.first("step_done").text == "command");
    CHECK(all.told.count("step_started") == 4);
}

TEST_CASE("steps: a stop of a check, also between two tries, is of its stage") {
    fleet all(1);
    all.work = steps({"one", "two"});
    all.work.steps[1] = muster::check_step(muster::step{"two"});
    all[0].statuses = {0};
    all[0].status = 1;
    auto const host = all.run_and_cancel(GENERATE(2000ms, 3000ms, 3500ms)).hosts[0];
    CHECK(outcome(host) == "stopped/ended");
    CHECK(host.stage == stage::check);
}

TEST_CASE("steps: one for the end is reported with its own end, and leaves the host's alone") {
    fleet all(1);
    all.work = steps({"one", "two"});
    all.work.steps[1] = muster::always_step(muster::step{"two"});
    SECTION("of a host that has failed") {
        all[0].statuses = {3, 4};
        auto const host = all.run().hosts[0];
        REQUIRE(host.steps.size() == 2);
        CHECK(host.steps[0].state == final_state::failed);
        CHECK(host.steps[1].stage == stage::always);
        CHECK(host.steps[1].status == 4U);
        CHECK(host.stage == stage::command);
        CHECK(error_message(host) == "exit status 3; at the end: exit status 4");
    }
    SECTION("of a host that was ok, which fails by it") {
        all[0].statuses = {0, 4};
        auto const host = all.run().hosts[0];
        CHECK(host.steps[0].state == final_state::ok);
        CHECK(host.stage == stage::always);
        CHECK(host.status == 0U);
        CHECK(outcome(host) == "failed/ended");
        CHECK(error_message(host) == "exit status 4");
    }
    SECTION("of a host whose step was cut short: its outcome is known before") {
        all.how.command_timeout = 3s;
        all[0].runs = 1h;
        auto const host = all.run().hosts[0];
        REQUIRE(host.steps.size() == 2);
        CHECK(host.steps[0].state == final_state::timed_out);
        CHECK(error_message(host.steps[0]) == "timed out after 3 s");
        CHECK(host.stage == stage::command);
    }
}

TEST_CASE("steps: one command is reported by the host alone") {
    fleet all(1);
    CHECK(all.run().hosts[0].steps.empty());
}

TEST_CASE("steps: what is known of the host's command is not taken back by a later step that was never sent") {
    fleet all(1);
    all.work = steps({"one", "two"});
    all[0].refuses_channel = 2;
    auto const host = all.run().hosts[0];
    REQUIRE(host.steps.size() == 2);
    CHECK(host.steps[1].command == command_fate::not_sent);
    CHECK(outcome(host) == "refused/ended");
}

TEST_CASE("steps: one for the end that a broken connection keeps from running is named") {
    fleet all(1);
    all.work = steps({"one", "two"});
    all.work.steps[1] = muster::always_step(muster::step{"two"});
    all[0].ends = ending::connection_breaks;
    auto const host = all.run().hosts[0];
    REQUIRE(host.steps.size() == 2);
    CHECK(host.state == final_state::lost);
    CHECK(host.steps[1].state == final_state::not_started);
    CHECK(error_message(host).ends_with("; at the end: did not run, as the connection was gone"));
    CHECK(all.story(0).find("exec") == all.story(0).rfind("exec"));
}

TEST_CASE("steps: a stop leaves one for the end that runs by then the time of the grace") {
    fleet all(1);
    all.work = steps({"one", "two"});
    all.work.steps[1] = muster::always_step{{"two"}};
    all[0].runs = 10s;
    all.how.grace = 1s;
    SECTION("and stops it then") {
        auto const host = all.run_and_cancel(12s).hosts[0];
        CHECK(all.elapsed() >= 13s);
        CHECK(all.elapsed() < 14s);
        CHECK(outcome(host) == "timed_out/ended");
        CHECK(host.stage == stage::always);
        CHECK(error_message(host) == "did not end within 1 s");
    }
    SECTION("unless it is cut short") {
        all.how.grace = 60s;
        auto const host = all.run_and_abort(12s, 14s).hosts[0];
        CHECK(all.elapsed() < 15s);
        CHECK(host.steps[0].state == final_state::ok);
        CHECK(outcome(host) == "stopped/ended");
        CHECK(error_message(host) == "was cut short");
    }
    SECTION("and none begins after it was cut short") {
        all[0].survives_term = true;
        all[0].runs = 1h;
        all.how.grace = 60s;
        auto const host = all.run_and_abort(2s, 4s).hosts[0];
        CHECK(all.elapsed() < 5s);
        CHECK(host.steps.size() == 1);
        CHECK(all.story(0) == "connect exec TERM KILL drop");
    }
}

TEST_CASE("steps: a push takes away what it has made before SIGKILL would keep it from that") {
    auto content = std::make_shared<muster::pushed_content>();
    content->bytes = muster::command_input::of_text("x");
    muster::push_step push;
    push.content = content;
    fleet all(1);
    all.work = muster::job(std::vector<muster::job_step>{push, muster::step("true")});
    all[0].runs = 1h;
    all[0].dies_after = 400ms;
    all.how.grace = 0s;
    auto const has_killed = [&] { return all.story(0).find("KILL") != std::string::npos; };
    SECTION("without a grace") {
        all.run_and_cancel(2s);
        CHECK_FALSE(has_killed());
    }
    SECTION("when its limit has passed") {
        all.how.command_timeout = 2s;
        all.run();
        CHECK_FALSE(has_killed());
    }
    SECTION("when the stop is cut short") {
        all.run_and_abort(2s, GENERATE(2000ms, 2001ms));
        CHECK_FALSE(has_killed());
        CHECK(all.elapsed() < 2600ms);
    }
    SECTION("unless it does not end") {
        all[0].survives_term = true;
        all.run_and_cancel(2s);
        CHECK(has_killed());
        CHECK(all.elapsed() < 3500ms);
    }
}

TEST_CASE("steps: of a push that is stopped its record tells, also where it is the only step and goes on") {
    auto content = std::make_shared<muster::pushed_content>();
    content->bytes = muster::command_input::of_text("x");
    muster::push_step push;
    push.content = content;
    fleet all(1);
    all[0].runs = 1h;
    SECTION("it ran, and has ended") {
        all.work = muster::job(std::vector<muster::job_step>{push, muster::step("true")});
        auto const host = all.run_and_cancel(2s).hosts[0];
        REQUIRE(host.steps.size() == 1);
        CHECK(host.steps[0].state == final_state::stopped);
        CHECK(host.steps[0].command == command_fate::ended);
    }
    SECTION("nothing proves its end") {
        all.work = muster::job(std::vector<muster::job_step>{push});
        all[0].survives_term = all[0].survives_kill = true;
        all.how.command_timeout = 2s;
        auto const host = all.run().hosts[0];
        CHECK(outcome(host) == "timed_out/not_sent");
        REQUIRE(host.steps.size() == 1);
        CHECK(host.steps[0].state == final_state::timed_out);
        CHECK(host.steps[0].command == command_fate::unknown);
    }
}

TEST_CASE("the time of each stage is reported") {
    fleet all(1);
    all[0].runs = 5s;
    auto const host = all.run().hosts[0];
    std::vector<stage> stages;
    coro::duration sum{};
    for (auto const& part : host.stages) {
        stages.push_back(part.stage);
        sum += part.duration;
        if (part.stage == stage::command) CHECK(part.duration == all[0].exec_time + 5s);
    }
    CHECK(stages == std::vector{stage::resolve, stage::connect, stage::banner, stage::handshake, stage::host_key,
                                stage::auth, stage::session, stage::command});
    CHECK(sum == host.duration);
}
