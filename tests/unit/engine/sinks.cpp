// SPDX-License-Identifier: MIT
// The engine and its sink: the order of events, a sink that is full, and errors that are no host's.
#include "fleet.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

#include <muster/coro/time.hpp>
#include <muster/coro/wait.hpp>

using namespace engine_test;
using muster::flow;
using muster::run_error;
using support::host_script;

namespace {

host_script prints(std::size_t pieces, coro::duration every, std::string const& bytes) {
    host_script script;
    for (std::size_t n = 1; n <= pieces; ++n) script.output.push_back({every * n, muster::stream::out, bytes});
    script.runs = every * (pieces + 1);
    return script;
}

/// Hosts of every kind, two at a time.
void make_mixed(fleet& all) {
    all.how.fanout = 2;
    all[0] = prints(2, 3ms, "x");
    all[1].fails_at = stage::connect;
    all[2].status = 1;
    all[3].exec = exec_answer::refused;
    all[4].ends = ending::connection_breaks;
}

/// The report in the run_error that the run throws.
report torn(fleet& all) {
    try {
        all.run();
    } catch (run_error const& error) {
        CHECK_FALSE(error.causes().exceptions().empty());
        return error.results();
    }
    FAIL("no run_error");
    return {};
}

coro::awaitable<report> with_helper(fleet& all, coro::awaitable<void> helper) {
    auto const both = co_await coro::run_as_daemon(std::move(helper), all.running());
    co_return std::move(both.second.result());
}

coro::awaitable<void> make_room_at(fleet& all, coro::duration when, bool& full) {
    co_await coro::sleep_for(when);
    full = false;
    all.told.resume();
}

coro::awaitable<void> make_room_each_second(fleet& all, int times) {
    for (int i = 0; i < times; ++i) {
        co_await coro::sleep_for(1s);
        all.told.resume();
    }
}

}  // namespace

TEST_CASE("events of a run: complete and in order") {
    fleet all(6);
    make_mixed(all);
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    auto const stories = all.told.stories(6);
    CHECK(stories[0] == "host_started command_sent output output host_ended");
    CHECK(stories[1] == "host_started host_ended");
    CHECK(stories[3] == "host_started command_sent host_ended");
    CHECK(all.told.count("host_ended") == 6);
    CHECK(all.told.count("stopping") == 0);
}

TEST_CASE("the command goes out after the sink was told so") {
    fleet fleet(1);
    fleet.told.reaction = [&](told_event const& event) {
        if (event.kind == "command_sent") CHECK(fleet.story(0) == "connect");
        return flow::go_on;
    };
    CHECK(fleet.run().ok());
    CHECK(fleet.story(0) == "connect exec close drop");
}

TEST_CASE("a full sink stops the reading of every host until it has room") {
    fleet all(3);
    all.all(prints(100, 10ms, "0123456789"));
    bool full = true;
    all.told.reaction = [&](told_event const& event) {
        return full && event.kind == "output" ? flow::full : flow::go_on;
    };
    auto const results = all.loop.run(with_helper(all, make_room_at(all, 60s, full)));
    CHECK(all.broken_rules(results) == "");
    CHECK(results.ok());
    CHECK(results.hosts[2].out.size() == 1000);
    CHECK(all.told.count("output") == 300);
    auto const early = [](told_event const& event) {
        return event.kind == "output" && event.when < coro::time_point(60s);
    };
    CHECK(std::ranges::count_if(all.told.history, early) == 3);  // one piece that was on its way from each
    CHECK(all.elapsed() < 61s);
}

TEST_CASE("commands go on while the sink is full, and are read again when it has room") {
    fleet all(3);
    all.all(prints(100, 10ms, "0123456789"));
    bool full = true;
    all.told.reaction = [&](told_event const& event) {
        return full && event.kind == "output" ? flow::full : flow::go_on;
    };
    all[2] = prints(0, 10ms, "");
    std::size_t idled = 0;
    auto const look = [&]() -> coro::awaitable<void> {
        co_await coro::sleep_for(59s);
        idled = all.hosts.idling();
        co_await make_room_at(all, 1s, full);
    };
    CHECK(all.loop.run(with_helper(all, look())).ok());
    CHECK(idled == 2);
    CHECK(all.hosts.idling() == 0);
}

TEST_CASE("all hosts wait for room, and the one that fills it again keeps the others waiting") {
    fleet all(3);
    all.all(prints(20, 10ms, "0123456789"));
    all.told.reaction = [](told_event const& event) { return event.kind == "output" ? flow::full : flow::go_on; };
    auto const results = all.loop.run(with_helper(all, make_room_each_second(all, 100)));
    CHECK(results.ok());
    CHECK(all.told.count("output") == 60);
    std::map<coro::duration, int> pieces;  // of each second
    for (auto const& event : all.told.history)
        if (event.kind == "output") ++pieces[event.when.time_since_epoch() / 1s * 1s];
    pieces.erase(pieces.begin());  // what was on its way before the sink was full
    for (auto const& [second, count] : pieces) CHECK(count == 1);
}

TEST_CASE("room is made while the sink is being told") {
    fleet fleet(1);
    fleet[0] = prints(50, 1ms, "x");
    fleet.told.reaction = [&](told_event const& event) {
        if (event.kind != "output") return flow::go_on;
        fleet.told.resume();
        return flow::full;
    };
    auto const results = fleet.run();
    CHECK(results.hosts[0].out.size() == 50);
    auto const after_the_end = fleet.told.resume;
    after_the_end();
}

TEST_CASE("a stop does not wait for a full sink") {
    fleet all(3);
    all.all(prints(100, 10ms, "0123456789"));
    all[0].survives_term = true;
    all.told.reaction = [](told_event const& event) { return event.kind == "output" ? flow::full : flow::go_on; };
    auto const results = all.run_and_cancel(2s);
    CHECK(all.broken_rules(results) == "");
    CHECK(results.count(final_state::stopped) == 3);
    for (auto const& host : results.hosts) {
        CHECK(host.command == command_fate::ended);
        CHECK(host.out.size() == 1000);  // what had been printed before is read during the stop
        CHECK_FALSE(host.truncated);
    }
    CHECK(all.elapsed() < 3s);
}

TEST_CASE("what is told to a full sink during a stop has a bound, and the result says what was dropped") {
    std::size_t const hosts = GENERATE(2u, 300u);
    fleet all(hosts);
    all.how.fanout = hosts;
    all.all(prints(20, 10ms, std::string(16u << 10u, 'x')));
    all.told.reaction = [](told_event const& event) { return event.kind == "output" ? flow::full : flow::go_on; };
    auto const results = all.run_and_cancel(2s);
    CHECK(all.broken_rules(results) == "");
    auto const stop = std::ranges::find(all.told.history, "stopping", &told_event::kind);
    auto const late = std::ranges::count(stop, all.told.history.end(), "output", &told_event::kind);
    CHECK(late == std::min<std::ptrdiff_t>(2 * std::ssize(results.hosts), 512));  // of each, and of all
    CHECK(results.count(final_state::stopped) == hosts);
    CHECK(std::ranges::all_of(results.hosts, [](auto const& host) { return host.truncated; }));
}

TEST_CASE("the limit on a command counts while the sink is full") {
    fleet fleet(1);
    fleet[0] = prints(100, 10ms, "x");
    fleet.how.command_timeout = 5s;
    fleet.told.reaction = [](told_event const& event) { return event.kind == "output" ? flow::full : flow::go_on; };
    auto const results = fleet.run();
    CHECK(outcome(results.hosts[0]) == "timed_out/ended");
    CHECK(results.hosts[0].out.size() == 100);
}

TEST_CASE("a sink that throws, at any event: everything is stopped, and the report is complete") {
    fleet whole(6);
    make_mixed(whole);
    whole.run();
    auto const events = whole.told.history.size();
    REQUIRE(events > 20);
    for (std::size_t n = 0; n < events; ++n) {
        fleet all(6);
        make_mixed(all);
        all.told.reaction = [&](told_event const&) {
            if (all.told.history.size() == n + 1) throw std::runtime_error("disk full");
            return flow::go_on;
        };
        auto const results = torn(all);
        CAPTURE(n, whole.told.history[n].kind);
        if (whole.told.history[n].kind == "run_ended") {
            CHECK(all.told.history.back().kind == "run_ended");
            CHECK(all.told.count("stopping") == 0);
        } else {
            CHECK(all.broken_rules(results) == "");
        }
        CHECK(results.cause == stop_cause::fault);
    }
}

TEST_CASE("what could not be recorded is not sent") {
    fleet all(3);
    all.how.fanout = 2;
    all[0].runs = forever_long;
    all[1].stage_time = 2ms;
    all.told.reaction = [](told_event const& event) {
        if (event.kind == "command_sent" && event.index == 1) throw std::runtime_error("disk full");
        return flow::go_on;
    };
    auto const results = torn(all);
    CHECK(outcome(results.hosts[0]) == "stopped/ended");
    CHECK(outcome(results.hosts[1]) == "not_started/not_sent");
    CHECK(outcome(results.hosts[2]) == "not_started/not_sent");
    CHECK(all.story(1) == "connect drop");
    CHECK(all.story(2).empty());
}

TEST_CASE("a sink that throws at everything is told everything") {
    fleet all(3);
    all.told.reaction = [](told_event const&) -> flow { throw std::runtime_error("broken"); };
    auto const results = torn(all);
    CHECK(results.count(final_state::not_started) == 3);
    CHECK(all.told.count("host_ended") == 3);
    CHECK(all.told.history.back().kind == "run_ended");
    CHECK(all.hosts.count("connect") == 0);
}

TEST_CASE("a fault of the transport is no host's failure") {
    fleet all(4);
    all[0].runs = forever_long;
    SECTION("an exception of another kind") {
        all[1].connect_throws = true;
    }
    SECTION("a cancellation that nobody asked for") {
        all[1].connect_aborts = true;
    }
    auto const results = torn(all);
    CHECK(all.broken_rules(results) == "");
    CHECK(results.cause == stop_cause::fault);
    CHECK(outcome(results.hosts[1]) == "not_started/not_sent");
    CHECK(all.hosts.count("exec") == 0);
}
