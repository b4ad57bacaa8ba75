// SPDX-License-Identifier: MIT
// What ends a run early: the halt policies, the total limit, the caller, and a second stop during the first.
#include "fleet.hpp"

#include "engine/fan_out.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>
#include <variant>
#include <vector>

#include <muster/coro/runner.hpp>
#include <muster/coro/time.hpp>
#include <muster/event.hpp>

using namespace engine_test;
using muster::halt_when;
using support::host_script;

namespace {

host_script fails_at_once() {
    host_script script;
    script.status = 1;
    return script;
}

host_script runs_for(coro::duration time) {
    host_script script;
    script.runs = time;
    return script;
}

host_script stalls() {
    host_script script;
    script.stalls_at = stage::auth;
    return script;
}

host_script ignores_term() {
    auto script = runs_for(forever_long);
    script.survives_term = true;
    return script;
}

host_script ignores_all() {
    auto script = ignores_term();
    script.survives_kill = true;
    return script;
}

std::string outcomes(report const& results) {
    std::string all;
    for (auto const& host : results.hosts) all += (all.empty() ? "" : " ") + outcome(host);
    return all;
}

constexpr auto sent = 6ms;           // the stages of connecting
constexpr auto end_of_first = 17ms;  // and 1 ms for exec, 10 ms of run time

}  // namespace

TEST_CASE("never: every host runs, whatever fails") {
    fleet all(4);
    all.how.fanout = 1;
    all[0] = fails_at_once();
    all[1].fails_at = stage::connect;
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "failed/ended unreachable/not_sent ok/ended ok/ended");
    CHECK(results.cause == stop_cause::none);
    CHECK_FALSE(results.culprit);
}

TEST_CASE("now: each host by what it is doing when the first fails") {
    fleet all(7);
    all.how.fanout = 6;
    all.halt(halt_when::now);
    all[0] = ignores_all();
    all[1] = fails_at_once();
    all[2] = runs_for(forever_long);
    all[3] = stalls();
    all[4] = ignores_term();
    all[5].breaks_when_signalled = true;
    all[5].runs = forever_long;
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) ==
          "stopped/unknown failed/ended stopped/ended not_started/not_sent stopped/ended stopped/unknown "
          "not_started/not_sent");
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.culprit == 1);
    CHECK(all.story(0) == "connect exec TERM KILL drop");
    CHECK(all.story(2) == "connect exec TERM drop");
    CHECK(all.story(3) == "connect drop");
    CHECK(all.story(4) == "connect exec TERM KILL drop");
    CHECK(all.story(6).empty());
    CHECK(all.elapsed() == end_of_first + 5s + 1s);

    auto const& stopping = all.told.first("stopping");
    CHECK(stopping.when.time_since_epoch() == end_of_first);
    CHECK(stopping.text == "failure");
    CHECK(stopping.index == 4);
    for (auto const& asked : all.hosts.requests("h2")) {
        if (asked.what == "TERM") CHECK(asked.when.time_since_epoch() == end_of_first);
    }
}

TEST_CASE("soon: nothing new starts, running commands finish") {
    fleet all(5);
    all.how.fanout = 3;
    all.halt(halt_when::soon);
    all[0] = fails_at_once();
    all[1] = runs_for(60s);
    all[2].stalls_at = stage::auth;  // still connecting when h0 fails: its command would be a new start
    all[2].stall = 3s;
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "failed/ended ok/ended not_started/not_sent not_started/not_sent not_started/not_sent");
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.culprit == 0);
    CHECK(all.hosts.count("TERM") == 0);
    CHECK(all.told.first("stopping").soon);
    CHECK(all.told.first("stopping").index == 1);
    CHECK(all.story(2).find("exec") == std::string::npos);
}

TEST_CASE("soon, then a stop from outside: running commands are stopped after all") {
    fleet all(2);
    all.halt(halt_when::soon);
    all[0] = fails_at_once();
    all[1] = runs_for(forever_long);
    auto const results = all.run_and_cancel(10s);
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "failed/ended stopped/ended");
    CHECK(results.cause == stop_cause::failure);
}

TEST_CASE("the threshold is a number or a share of all hosts") {
    struct row {
        double fail;
        bool percent;
        std::size_t failed;
    };
    for (auto const& [fail, percent, failed] : {row{1, false, 1}, row{3, false, 3}, row{50, true, 5}, row{41, true, 5},
                                                row{1, true, 1}, row{100, true, 10}, row{11, false, 10}}) {
        fleet all(10);
        all.how.fanout = 1;
        all.halt(halt_when::now, fail, percent);
        all.all(fails_at_once());
        auto const results = all.run();
        CAPTURE(fail, percent);
        CHECK(all.broken_rules(results) == "");
        CHECK(results.count(final_state::failed) == failed);
        CHECK(results.count(final_state::not_started) == 10 - failed);
        CHECK((results.cause == stop_cause::failure) == (failed < 10 || fail == 100));
    }
}

TEST_CASE("halt_on::command does not count hosts that can't be reached") {
    fleet all(4);
    all.how.fanout = 1;
    all.halt(halt_when::now);
    all.how.halt.counted = muster::halt_on::command;
    all[0].fails_at = stage::connect;
    all[1].exec = exec_answer::refused;
    all[2] = fails_at_once();
    CHECK(outcomes(all.run()) == "unreachable/not_sent refused/not_sent failed/ended not_started/not_sent");
}

TEST_CASE("a limit on the command counts when its stop has ended") {
    fleet all(2);
    all.halt(halt_when::now);
    all.how.command_timeout = 2s;
    all[0] = ignores_term();
    all[1] = runs_for(forever_long);
    all[1].exec_time = 1s;  // its limit begins with exec as well
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "timed_out/ended timed_out/ended");
    CHECK(results.culprit == 1);
}

TEST_CASE("a host that fails before it is connected halts at once") {
    fleet all(3);
    all.halt(halt_when::now);
    all[0] = runs_for(forever_long);
    all[1].fails_at = stage::resolve;
    all[2] = stalls();
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "not_started/not_sent unreachable/not_sent not_started/not_sent");
    CHECK(all.elapsed() == 1ms);
    CHECK(all.hosts.count("exec") == 0);
}

// h0 fails at 17 ms; its good-bye would take for ever; h1 would be due for its start at 17 ms too.
TEST_CASE("the good-bye to the host that failed does not delay the stop") {
    fleet all(4);
    all.how.fanout = 2;
    all.halt(halt_when::now);
    all[0] = fails_at_once();
    all[0].close_time = forever_long;
    all[1] = runs_for(20ms);
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "failed/ended stopped/ended not_started/not_sent not_started/not_sent");
    CHECK(all.told.first("stopping").when.time_since_epoch() == end_of_first);
}

TEST_CASE("a stop waits for no good-bye") {
    fleet all(2);
    all.halt(halt_when::now);
    all[0].close_time = forever_long;
    all[1] = fails_at_once();
    all[1].runs = 1s;
    CHECK(outcomes(all.run()) == "ok/ended failed/ended");
    CHECK(all.elapsed() == 1s + 7ms);
}

TEST_CASE("the limit on the whole run") {
    fleet all(5);
    all.how.fanout = 4;
    all.how.total_timeout = 30s;
    all.how.connect_timeout = 0s;
    all[0] = runs_for(1s);
    all[1] = runs_for(forever_long);
    all[2] = stalls();
    all[3] = ignores_all();
    all[4] = stalls();
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "ok/ended timed_out/ended not_started/not_sent timed_out/unknown not_started/not_sent");
    CHECK(results.cause == stop_cause::total);
    CHECK(results.hosts[1].stage == stage::total);
    CHECK(error_message(results.hosts[1]) == "the limit of 30 s on the run has passed");
    CHECK(all.told.first("stopping").index == 2);
    CHECK(all.elapsed() == 30s + 5s + 1s);
}

TEST_CASE("the longest of all limits never pass") {
    constexpr auto longest = std::chrono::nanoseconds::max();
    fleet all(2);
    for (auto* const limit :
         {&all.how.connect_timeout, &all.how.command_timeout, &all.how.total_timeout, &all.how.grace, &all.how.linger})
        *limit = longest;
    auto check = muster::check_step(muster::step("well"));
    check.within = longest;
    all.work = muster::job(std::vector<muster::job_step>{muster::step("true"), check});
    all.loop.run(coro::sleep_for(1h));  // the sum with a time of zero would not overflow
    CHECK(all.run().ok());
    CHECK(all.elapsed() < 1h + 1s);
}

TEST_CASE("the limit on the whole run counts the time before the first host, too") {
    struct slow_to_begin final : muster::sink {
        muster::flow tell(muster::event const& event) override {
            if (std::holds_alternative<muster::events::run_started>(event)) std::this_thread::sleep_for(1500ms);
            return muster::flow::go_on;
        }
    } told;
    support::fake_transport over;
    over[""] = stalls();
    std::vector<muster::endpoint> const hosts(1);
    std::vector<muster::job> const jobs{muster::job{"true"}};
    muster::options options;
    options.total_timeout = 1500ms;
    auto const results = coro::run(muster::fan_out({hosts, jobs, options, told, over, nullptr}));
    CHECK(results.cause == stop_cause::total);
    CHECK(results.duration < 2900ms);  // and not 3 s
}

TEST_CASE("the limit on the whole run while soon waits for the last") {
    fleet all(2);
    all.halt(halt_when::soon);
    all.how.total_timeout = 30s;
    all[0] = fails_at_once();
    all[1] = runs_for(forever_long);
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "failed/ended timed_out/ended");
    CHECK(results.hosts[1].stage == stage::total);
    CHECK(results.cause == stop_cause::failure);
}

TEST_CASE("a limit on the run that is not reached") {
    fleet all(3);
    all.how.total_timeout = 1h;
    CHECK(all.run().ok());
    CHECK(all.elapsed() < 1s);
}

TEST_CASE("cancelled from outside: the whole stop, then the report") {
    fleet all(5);
    all.how.fanout = 4;
    all[0] = runs_for(1s);
    all[1] = runs_for(forever_long);
    all[2] = stalls();
    all[3] = ignores_term();
    auto const results = all.run_and_cancel(5s);
    CHECK(all.broken_rules(results) == "");
    CHECK(outcomes(results) == "ok/ended stopped/ended not_started/not_sent stopped/ended ok/ended");
    CHECK(results.cause == stop_cause::cancelled);
    CHECK(all.told.first("stopping").text == "cancelled");
    CHECK(all.told.first("stopping").index == 2);
    CHECK(all.elapsed() == 5s + 5s + 1ms);
}

TEST_CASE("output in the grace is kept, and a status is told although the host was stopped") {
    fleet fleet(1);
    fleet[0] = runs_for(4s);
    fleet[0].survives_term = true;
    fleet[0].status = 3;
    fleet[0].output = {{1s, muster::stream::out, "before "}, {3s, muster::stream::out, "cleaned up"}};
    auto const results = fleet.run_and_cancel(2s);
    CHECK(fleet.broken_rules(results) == "");
    CHECK(outcomes(results) == "stopped/ended");
    CHECK(results.hosts[0].out == "before cleaned up");
    CHECK(results.hosts[0].status == 3);
}

TEST_CASE("a second stop cuts the first short: KILL goes out and connections are dropped at once") {
    fleet all(3);
    all[0] = ignores_all();
    all[1] = runs_for(forever_long);
    all[2].stop_time = forever_long;
    all[2].runs = forever_long;
    SECTION("in the grace") {
        auto const results = all.run_and_abort(2s, 4s);
        CHECK(all.broken_rules(results) == "");
        CHECK(outcomes(results) == "stopped/unknown stopped/ended stopped/unknown");
        CHECK(all.story(0) == "connect exec TERM KILL drop");
        CHECK(all.story(2) == "connect exec drop");  // no signal gets out
        CHECK(all.elapsed() == 4s + 500ms);
    }
    SECTION("after KILL") {
        auto const results = all.run_and_abort(2s, 7500ms);
        CHECK(all.broken_rules(results) == "");
        CHECK(all.story(0) == "connect exec TERM KILL KILL drop");
        CHECK(all.elapsed() == 7500ms + 500ms);
    }
    SECTION("at the same time as the first") {
        auto const results = all.run_and_abort(2s, 2s);
        CHECK(all.broken_rules(results) == "");
        CHECK(all.story(1).ends_with("KILL drop"));
        CHECK(all.elapsed() <= 2s + 500ms + 1ms);
    }
}

TEST_CASE("the moment for the proof begins when KILL is out") {
    fleet fleet(1);
    fleet[0] = runs_for(forever_long);
    fleet[0].survives_term = true;
    fleet[0].stop_time = 3s;
    auto const results = fleet.run_and_cancel(2s);
    CHECK(fleet.broken_rules(results) == "");
    CHECK(outcomes(results) == "stopped/ended");
}

TEST_CASE("stops of one host and of the run, one in the other") {
    fleet all(2);
    all.how.command_timeout = 2s;
    all[0] = ignores_all();
    all[1] = runs_for(1s);
    SECTION("the run's stop waits for the end of the host's") {
        auto const results = all.run_and_cancel(3s);
        CHECK(all.broken_rules(results) == "");
        CHECK(outcomes(results) == "timed_out/unknown ok/ended");
        CHECK(results.hosts[0].stage == stage::command);
        CHECK(all.elapsed() == sent + 2s + 5s + 1s);
    }
    SECTION("the second stop cuts both short") {
        auto const results = all.run_and_abort(3s, 4s);
        CHECK(outcomes(results) == "timed_out/unknown ok/ended");
        CHECK(all.elapsed() == 4s);
    }
}

TEST_CASE("cancelled before it could begin: the report is complete all the same") {
    fleet all(3);
    muster::run_arguments const args{all.where, {&all.work, 1}, all.how, all.told, all.hosts, nullptr};
    auto const results = muster::cancelled_before_start(all.loop.executor(), args);
    CHECK(all.broken_rules(results) == "");
    CHECK(results.cause == stop_cause::cancelled);
    CHECK(results.count(final_state::not_started) == 3);
}

TEST_CASE("no hosts, no fan-out limit") {
    fleet none(0);
    CHECK(none.run().ok());
    CHECK(none.told.history.size() == 2);
    fleet many(300);
    many.how.fanout = many.how.connect_limit = 0;
    CHECK(many.run().ok());
    CHECK(many.hosts.most_open() == 300);
}
