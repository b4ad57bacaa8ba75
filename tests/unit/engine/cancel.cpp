// SPDX-License-Identifier: MIT
// Whole fleets in virtual time: cancelled at every moment, thousands of hosts, two at once, and random outcomes.
#include "fleet.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include <muster/coro/wait.hpp>

using namespace engine_test;
using muster::halt_when;
using support::host_script;

namespace {

/// Hosts in every phase of a life at any time.
void make_busy(fleet& all) {
    all.how.fanout = 4;
    all.how.connect_timeout = 40ms;
    all.how.command_timeout = 60ms;
    all.how.grace = 20ms;
    all.how.linger = 5ms;
    all[0].output = {{2ms, muster::stream::out, "a"}, {4ms, muster::stream::err, "b"}};
    all[1].stalls_at = stage::banner;
    all[2].runs = forever_long;
    all[2].survives_term = true;
    all[3].ends = ending::holds_streams;
    all[4].runs = forever_long;
    all[5].exec_time = forever_long;
    all[6].ends = ending::connection_breaks;
    all[7].close_time = 30ms;
    all[8].survives_term = all[8].survives_kill = true;
    all[8].runs = forever_long;
    all[9].fails_at = stage::auth;
    all[9].fails_as = final_state::auth;
}

constexpr std::size_t busy_hosts = 10;

class random_source {
  public:
    explicit random_source(unsigned seed) : engine_(seed) {}
    /// 0 <= result < below
    unsigned operator()(unsigned below) { return static_cast<unsigned>(engine_() % below); }
    bool one_in(unsigned n) { return (*this)(n) == 0; }
    std::chrono::milliseconds time(unsigned below) { return std::chrono::milliseconds((*this)(below)); }

  private:
    std::mt19937 engine_;
};

host_script random_script(random_source& random) {
    host_script script;
    script.stage_time = random.time(4);
    script.exec_time = random.time(3);
    script.runs = random.time(50);
    script.close_time = random.time(5);
    script.dies_after = random.time(5);
    script.stop_time = random.time(3);
    script.survives_term = random.one_in(4);
    script.survives_kill = random.one_in(5);
    script.breaks_when_signalled = random.one_in(8);
    for (unsigned n = random(4); n > 0; --n) script.output.push_back({random.time(50), muster::stream::out, "line\n"});
    switch (random(16)) {
        case 0:
            script.fails_at = stage::connect;
            break;
        case 1:
            script.fails_at = stage::auth;
            script.fails_as = final_state::auth;
            break;
        case 2:
            script.stalls_at = stage::handshake;
            break;
        case 3:
            script.exec = exec_answer::refused;
            break;
        case 4:
            script.exec = exec_answer::lost;
            break;
        case 5:
            script.exec_time = forever_long;
            break;
        case 6:
            script.ends = ending::without_status;
            break;
        case 7:
            script.ends = ending::connection_breaks;
            break;
        case 8:
            script.ends = ending::holds_streams;
            break;
        case 9:
            script.runs = forever_long;
            break;
        case 10:
            script.status.reset();
            script.signal = "SEGV";
            break;
        case 11:
            script.status = 1;
            break;
        default:
            break;
    }
    return script;
}

void make_random(fleet& all, random_source& random) {
    for (std::size_t n = 0; n < all.where.size(); ++n) all[n] = random_script(random);
    all.how.fanout = random(10);
    all.how.connect_timeout = 30ms + random.time(30);
    if (random.one_in(2)) all.how.command_timeout = 10ms + random.time(60);
    if (random.one_in(4)) all.how.total_timeout = 1ms + random.time(300);
    all.how.grace = random.time(30);
    all.how.linger = 1ms + random.time(10);
    bool const percent = random.one_in(2);
    all.halt(static_cast<halt_when>(random(3)), 1 + random(percent ? 60 : 6), percent);
    if (random.one_in(3)) all.how.halt.counted = muster::halt_on::command;
}

/// After `stopping` nothing new may start: neither a host nor a command.
std::string late_starts(fleet const& all) {
    auto const& history = all.told.history;
    auto const stopping = std::ranges::find(history, "stopping", &told_event::kind);
    std::string late;
    for (auto found = stopping; found != history.end(); ++found) {
        if (found->kind == "host_started" || found->kind == "command_sent") late += found->kind + " after the stop\n";
    }
    return late;
}

std::size_t counted_states(report const& results) {
    std::size_t sum = 0;
    for (int state = 0; state <= static_cast<int>(final_state::not_started); ++state) {
        sum += results.count(static_cast<final_state>(state));
    }
    return sum;
}

unsigned rounds(unsigned usual) {
    return std::getenv("MUSTER_LONG") != nullptr ? usual * 50 : usual;
}

/// What is wrong after a run of random hosts.
std::string broken_after(fleet& all, report const& results) {
    auto broken = all.broken_rules(results) + late_starts(all);
    if (counted_states(results) != all.where.size()) broken += "the counts do not add up\n";
    if (all.hosts.open() != 0) broken += "connections are left\n";
    return broken;
}

}  // namespace

TEST_CASE("cancelled at every event") {
    fleet whole(busy_hosts);
    make_busy(whole);
    auto const undisturbed = whole.run();
    CHECK(whole.broken_rules(undisturbed) == "");
    auto const events = whole.told.history.size();
    for (std::size_t n = 0; n < events; ++n) {
        fleet all(busy_hosts);
        make_busy(all);
        auto const results = all.run_and_cancel_at_event(n);
        CAPTURE(n, whole.told.history[n].kind);
        CHECK(broken_after(all, results) == "");
    }
}

// Every millisecond of the run, and in each some of the first turns of the loop: the coroutines that become ready
// together are found in all states in between.
TEST_CASE("cancelled at every moment; the loop is fit for another run") {
    support::virtual_loop loop;
    for (auto when = 0ms; when <= 250ms; ++when) {
        for (unsigned turns = when.count() % 2; turns < 8; turns += 2) {
            fleet all(busy_hosts, &loop);
            make_busy(all);
            auto const results = all.run_and_cancel(when, turns);
            CAPTURE(when.count(), turns);
            REQUIRE(broken_after(all, results) == "");
        }
    }
    fleet last(3, &loop);
    CHECK(last.run().ok());
}

TEST_CASE("cancelled at random moments, and cut short at others") {
    for (unsigned seed = 0; seed < rounds(300); ++seed) {
        random_source random(seed);
        fleet all(1 + random(30));
        make_random(all, random);
        auto const first = random.time(200);
        auto const results =
            random.one_in(2) ? all.run_and_cancel(first, random(6)) : all.run_and_abort(first, first + random.time(60));
        CAPTURE(seed);
        REQUIRE(broken_after(all, results) == "");
    }
}

TEST_CASE("random hosts under random policies") {
    for (unsigned seed = 0; seed < rounds(300); ++seed) {
        random_source random(seed + 1'000'000);
        fleet all(1 + random(60));
        make_random(all, random);
        if (all.how.command_timeout == 0s) all.how.command_timeout = 100ms;  // some commands run for ever
        auto const results = all.run();
        CAPTURE(seed);
        REQUIRE(broken_after(all, results) == "");
        if (results.cause == stop_cause::none) REQUIRE(results.count(final_state::not_started) == 0);
        if (results.culprit) REQUIRE(all.told.stories(all.where.size())[*results.culprit].ends_with("host_ended"));
    }
}

TEST_CASE("5000 hosts, 64 at a time") {
    fleet all(5000);
    for (std::size_t n = 0; n < 5000; n += 50) all[n].status = 1;
    for (std::size_t n = 7; n < 5000; n += 100) all[n].stalls_at = stage::banner;
    SECTION("every one has its turn") {
        auto const results = all.run();
        CHECK(broken_after(all, results) == "");
        CHECK(results.count(final_state::failed) == 100);
        CHECK(results.count(final_state::timed_out) == 50);
        CHECK(results.count(final_state::ok) == 4850);
        CHECK(all.hosts.most_open() == 64);
    }
    SECTION("until one percent have failed") {
        all.halt(halt_when::now, 1, true);
        auto const results = all.run();
        CHECK(broken_after(all, results) == "");
        CHECK(results.cause == stop_cause::failure);
        auto const failed = results.count(final_state::failed) + results.count(final_state::timed_out);
        CHECK(failed == 50);
    }
    SECTION("all at once, stopped together") {
        all.how.fanout = 0;
        host_script script;
        script.runs = forever_long;
        all.all(script);
        auto const results = all.run_and_cancel(1s);
        CHECK(broken_after(all, results) == "");
        CHECK(results.count(final_state::stopped) == 5000);
        CHECK(all.elapsed() == 1s + 1ms);
    }
}

TEST_CASE("two fleets in one context do not know each other") {
    support::virtual_loop loop;
    fleet item(20, &loop);
    fleet other(20, &loop);
    item.halt(halt_when::now);
    item[3].status = 1;
    for (std::size_t n = 0; n < 20; ++n) other[n].runs = 1s;
    auto both = [](fleet& a, fleet& b) -> coro::awaitable<std::pair<report, report>> {
        auto const tasks = co_await coro::wait_all(a.running(), b.running());
        co_return std::pair(std::get<0>(tasks).result(), std::get<1>(tasks).result());
    };
    auto const [stopped, undisturbed] = loop.run(both(item, other));
    CHECK(item.broken_rules(stopped) == "");
    CHECK(other.broken_rules(undisturbed) == "");
    CHECK(stopped.cause == stop_cause::failure);
    CHECK(undisturbed.ok());
}
