// SPDX-License-Identifier: MIT
// Batches in virtual time: what passes, what stops, and what waits for what.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <muster/coro/time.hpp>
#include <muster/input.hpp>
#include <muster/rollout_hooks.hpp>

#include "engine/rollout/batches.hpp"
#include "fleet.hpp"

using namespace engine_test;
using muster::batch_report;
using muster::batch_size;
using muster::halt_on;
using muster::halt_when;
using muster::rollout_hooks;
using muster::verdict;

namespace {

std::vector<std::size_t> sizes_of(std::vector<muster::batch> const& batches) {
    std::vector<std::size_t> sizes;
    for (auto const& each : batches) sizes.push_back(each.hosts.size());
    return sizes;
}

using sizes = std::vector<std::size_t>;

/// Hosts in batches, with the usual policy of a rollout.
void cut(fleet& all, std::vector<batch_size> const& list) {
    all.how.rollout.batches = muster::cut_into_batches(all.where.size(), list);
    all.halt(halt_when::soon);
}

void set_hooks(fleet& all, rollout_hooks hooks) {
    all.how.rollout.hooks = std::make_shared<rollout_hooks const>(std::move(hooks));
}

rollout_hooks::question answers(std::vector<batch_report>& asked, verdict answer = {}, coro::duration after = {}) {
    return [&asked, answer, after](batch_report about) -> coro::awaitable<verdict> {
        asked.push_back(std::move(about));
        co_await coro::sleep_for(after);
        co_return answer;
    };
}

/// "host_started 0 host_started 1 batch_ended 1": kinds with their number, of these kinds.
std::string steps_of(host_result const& host) {
    std::string text;
    for (auto const& step : host.steps)
        text += std::string(text.empty() ? "" : ", ") + std::string(to_string(step.stage)) + ' ' +
                std::string(to_string(step.state));
    return text;
}

std::string history(fleet const& all, std::vector<std::string> const& kinds) {
    std::string text;
    for (auto const& event : all.told.history) {
        if (std::ranges::find(kinds, event.kind) == kinds.end()) continue;
        text += (text.empty() ? "" : ", ") + event.kind + " " + std::to_string(event.index);
        if (event.kind == "batch_ended" || event.kind == "question_answered") text += " " + event.text;
    }
    return text;
}

coro::duration started_at(fleet const& all, std::size_t host) {
    for (auto const& event : all.told.history)
        if (event.kind == "host_started" && event.index == host) return event.when.time_since_epoch();
    return coro::duration(-1);
}

/// The script of a host that ends like this.
support::host_script ending_as(final_state state) {
    support::host_script script;
    auto const fails = [&](stage stage) {
        script.fails_at = stage;
        script.fails_as = state;
    };
    switch (state) {
        case final_state::failed:
            script.status = 1;
            break;
        case final_state::signalled:
            script.status.reset();
            script.signal = "SEGV";
            break;
        case final_state::no_status:
            script.ends = ending::without_status;
            break;
        case final_state::lost:
            script.ends = ending::connection_breaks;
            break;
        case final_state::timed_out:
            script.runs = forever_long;
            break;
        case final_state::unreachable:
            fails(stage::connect);
            break;
        case final_state::host_key:
            fails(stage::host_key);
            break;
        case final_state::auth:
            fails(stage::auth);
            break;
        case final_state::refused:
            script.exec = exec_answer::refused;
            break;
        default:
            break;
    }
    return script;
}

}  // namespace

TEST_CASE("batches: sizes are of all targets, rounded down, at least 1, and the last repeats") {
    struct row {
        std::size_t hosts;
        std::vector<batch_size> list;
        sizes cut;
    };
    for (auto const& [hosts, list, cut] :
         {row{10, {{1, false}, {25, true}}, {1, 2, 2, 2, 2, 1}}, row{10, {{3, false}}, {3, 3, 3, 1}},
          row{3, {{10, true}}, {1, 1, 1}}, row{5, {{100, true}}, {5}}, row{5, {{50, false}}, {5}},
          row{100, {{7, true}, {93, true}}, {7, 93}}, row{7, {{1, false}, {2, false}, {50, true}}, {1, 2, 3, 1}},
          row{0, {{1, false}}, {}}, row{4, {}, {4}}}) {
        CAPTURE(hosts);
        CHECK(sizes_of(muster::cut_into_batches(hosts, list)) == cut);
    }
    CHECK_THROWS_AS(muster::cut_into_batches(3, std::vector<batch_size>{{0, false}}), std::invalid_argument);
    CHECK_THROWS_AS(muster::cut_into_batches(3, std::vector<batch_size>{{101, true}}), std::invalid_argument);
}

TEST_CASE("batches: hosts that belong together are batches of their own, cut by the sizes") {
    std::vector<std::size_t> const zones = {7, 3, 7, 3, 7};
    auto const whole = muster::cut_into_batches(5, {}, zones);
    REQUIRE(sizes_of(whole) == sizes{3, 2});
    CHECK(whole[0].hosts == sizes{0, 2, 4});
    auto const cut = muster::cut_into_batches(5, std::vector<batch_size>{{1, false}, {40, true}}, zones);
    CHECK(sizes_of(cut) == sizes{1, 2, 1, 1});
    CHECK(cut.back().number == 4);
}

TEST_CASE("batches: a plan that is none is refused") {
    muster::rollout_options plan;
    plan.batches = muster::cut_into_batches(4, std::vector<batch_size>{{2, false}});
    CHECK_NOTHROW(muster::require_valid_plan(plan, 4));
    CHECK_THROWS_AS(muster::require_valid_plan(plan, 5), std::invalid_argument);
    CHECK_THROWS_AS(muster::require_valid_plan(plan, 3), std::invalid_argument);
    plan.batches[1].hosts[0] = 1;
    CHECK_THROWS_AS(muster::require_valid_plan(plan, 4), std::invalid_argument);
    plan.batches = {};
    plan.apart = {0, 1};
    CHECK_THROWS_AS(muster::require_valid_plan(plan, 3), std::invalid_argument);
    CHECK_NOTHROW(muster::require_valid_plan(plan, 2));
}

TEST_CASE("batches: the next one begins when every host of the last has ended") {
    fleet all(5);
    cut(all, {{1, false}, {2, false}});
    all[1].runs = 3s;
    auto const results = all.run();
    CHECK(results.ok());
    CHECK(all.broken_rules(results).empty());
    CHECK(started_at(all, 3) >= 3s);
    CHECK(
        history(all, {"batch_started", "batch_ended"}) ==
        "batch_started 1, batch_ended 1 passed, batch_started 2, batch_ended 2 passed, batch_started 3, batch_ended 3 "
        "passed");
}

// Every state of a host, in the first batch alone, in a batch with others, and in the last batch, under seven policies.
TEST_CASE("batches: what a host's end does to the rest, by state, place and policy") {
    enum class place { canary, second, last };
    static constexpr final_state states[] = {final_state::failed,   final_state::signalled, final_state::no_status,
                                             final_state::lost,     final_state::timed_out, final_state::unreachable,
                                             final_state::host_key, final_state::auth,      final_state::refused,
                                             final_state::ok};
    struct policy {
        halt_when when;
        halt_on counted;
        double fail;
    };
    static constexpr policy policies[] = {
        {halt_when::batch, halt_on::any, 1},    {halt_when::batch, halt_on::command, 1},
        {halt_when::soon, halt_on::any, 1},     {halt_when::now, halt_on::any, 1},
        {halt_when::soon, halt_on::command, 1}, {halt_when::never, halt_on::any, 1},
        {halt_when::soon, halt_on::any, 2}};
    for (auto const state : states)
        for (auto const where : {place::canary, place::second, place::last})
            for (auto const& policy : policies) {
                fleet all(6);  // 1, 3, 2
                all.how.rollout.batches = muster::cut_into_batches(6, std::vector<batch_size>{{1, false}, {3, false}});
                all.halt(policy.when, policy.fail);
                all.how.halt.counted = policy.counted;
                all.how.command_timeout = 1min;
                std::size_t const host = where == place::canary ? 0 : where == place::second ? 2 : 5;
                all[host] = ending_as(state);
                auto const results = all.run();
                CAPTURE(to_string(state), host, static_cast<int>(policy.when), static_cast<int>(policy.counted),
                        policy.fail);
                CHECK(all.broken_rules(results).empty());
                CHECK(results.hosts[host].state == state);
                bool const was_sent = state < final_state::unreachable;
                bool const counts = state != final_state::ok && (policy.counted == halt_on::any || was_sent);
                bool const halts = counts && policy.when != halt_when::never && policy.fail == 1;
                bool const is_dead_canary = where == place::canary && state != final_state::ok;
                std::size_t const begun = where == place::canary ? 1 : where == place::second ? 4 : 6;
                bool const stops = halts || is_dead_canary;
                auto const never_begun = results.count(final_state::not_started);
                std::size_t const left = stops ? 6 - begun : 0;
                // A stop also drops hosts of the batch that are still connecting; it does not when the batch ends
                // first.
                bool const drops = halts && policy.when != halt_when::batch;
                CHECK((drops ? never_begun >= left : never_begun == left));
                CHECK(results.cause == (halts            ? stop_cause::failure
                                        : is_dead_canary ? stop_cause::batch
                                                         : stop_cause::none));
            }
}

TEST_CASE("batches: a failure lets its batch end, every host of it, and no other begin, nor its pause and gate") {
    auto const fanout = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{64});
    fleet all(9);
    cut(all, {{1, false}, {4, false}});
    all.halt(halt_when::batch);
    all.how.fanout = fanout;
    for (auto& each : all.how.rollout.batches) each.soak = 5min;
    all[1] = ending_as(final_state::failed);
    for (std::size_t const host : {2u, 3u, 4u}) all[host].runs = 2s;
    std::vector<batch_report> asked;
    set_hooks(all, {.gate = answers(asked)});
    auto const results = all.run();
    CHECK(all.broken_rules(results).empty());
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.culprit == 1u);
    CHECK(results.count(final_state::ok) == 4);
    CHECK(results.count(final_state::not_started) == 4);
    CHECK(asked.size() == 1);
    CHECK(history(all, {"soaking"}) == "soaking 1");
    CHECK(history(all, {"batch_ended"}) == "batch_ended 1 passed, batch_ended 2 not passed");
}

TEST_CASE("batches: failures that are too few let the batch pass, and count on in the next") {
    fleet all(6);
    cut(all, {{2, false}});
    all.halt(halt_when::batch, 2);
    all[0] = ending_as(final_state::failed);
    all[2] = ending_as(final_state::unreachable);
    auto const results = all.run();
    CHECK(results.culprit == 2u);
    CHECK(results.hosts[3].state == final_state::ok);
    CHECK(results.count(final_state::not_started) == 2);
}

TEST_CASE("batches: one in which no host ended ok never passes, not even the last") {
    fleet all(3);
    cut(all, {{2, false}});
    all.halt(halt_when::never);
    all[2] = ending_as(final_state::unreachable);
    std::vector<batch_report> asked;
    set_hooks(all, {.gate = answers(asked)});
    auto const results = all.run();
    CHECK(results.cause == stop_cause::batch);
    CHECK(asked.size() == 1);
    CHECK(history(all, {"batch_ended"}) == "batch_ended 1 passed, batch_ended 2 not passed");
}

TEST_CASE("batches: hosts that ended ok in an earlier run let a batch pass") {
    fleet all(2);
    cut(all, {{1, false}});
    all.halt(halt_when::never);
    all.how.rollout.batches[0].done = {"old"};
    all[0] = ending_as(final_state::failed);
    auto const results = all.run();
    CHECK(results.cause == stop_cause::none);
    CHECK(results.hosts[1].state == final_state::ok);
}

TEST_CASE("batches: a pause follows every batch but the last, and nothing is connected meanwhile") {
    fleet all(6);
    cut(all, {{2, false}});
    all.how.rollout.batches[0].soak = 5min;
    all.how.rollout.batches[1].soak = 1min;
    all.how.rollout.batches[2].soak = 1h;
    auto const results = all.run();
    CHECK(results.ok());
    CHECK((started_at(all, 2) >= 5min && started_at(all, 2) < 5min + 1s));
    CHECK((started_at(all, 4) >= 6min && started_at(all, 4) < 6min + 1s));
    CHECK(all.elapsed() < 7min);
    CHECK(history(all, {"soaking"}) == "soaking 1, soaking 2");
}

TEST_CASE("batches: a pause that an earlier run did not get through is kept in full, though all of its batch is done") {
    fleet all(2);
    cut(all, {{1, false}});
    auto& batches = all.how.rollout.batches;
    batches.insert(batches.begin(), batches[0]);
    batches[0].hosts.clear();
    batches[0].done = {"old"};
    batches[0].soak = 5min;
    CHECK(all.run().ok());
    CHECK((started_at(all, 0) >= 5min && started_at(all, 0) < 5min + 1s));
    CHECK(history(all, {"soaking"}) == "soaking 1");
}

TEST_CASE("batches: a stop in a pause ends the run at once") {
    fleet all(4);
    cut(all, {{1, false}});
    all.how.rollout.batches[0].soak = 1h;
    auto const results = all.run_and_cancel(10min);
    CHECK(all.elapsed() == 10min);
    CHECK(results.cause == stop_cause::cancelled);
    CHECK(results.count(final_state::not_started) == 3);
    CHECK(results.hosts[0].state == final_state::ok);
    CHECK(history(all, {"batch_ended"}) == "batch_ended 1 not passed");
}

TEST_CASE("batches: the limit on the run holds in a pause and in a gate, too") {
    fleet all(2);
    cut(all, {{1, false}});
    all.how.total_timeout = 10min;
    std::vector<batch_report> asked;
    SECTION("pause") {
        all.how.rollout.batches[0].soak = 1h;
    }
    SECTION("gate") {
        set_hooks(all, {.gate = answers(asked, {}, 1h)});
    }
    auto const results = all.run();
    CHECK(all.elapsed() == 10min);
    CHECK(results.cause == stop_cause::total);
    CHECK(results.hosts[1].state == final_state::not_started);
}

TEST_CASE("batches: a gate is asked after every batch and its pause, the last one among them") {
    fleet all(3);
    cut(all, {{1, false}});
    all.how.rollout.batches[0].soak = 5min;
    std::vector<batch_report> asked;
    set_hooks(all, {.gate = answers(asked, {}, 1min)});
    CHECK(all.run().ok());
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].hosts == std::vector<std::string>{"h0"});
    CHECK((asked[1].number == 2 && asked[1].batches == 3 && asked[1].targets == 3));
    CHECK((asked[1].ok == 2 && asked[1].failed == 0 && asked[1].left == 1));
    CHECK((started_at(all, 1) >= 6min && started_at(all, 1) < 6min + 1s));
}

TEST_CASE("batches: a gate that says no stops the run, after the last batch as well") {
    for (std::size_t const batches : {1u, 2u}) {
        fleet all(2);
        cut(all, {{2 / static_cast<double>(batches), false}});
        std::vector<batch_report> asked;
        set_hooks(all, {.gate = answers(asked, {.passed = false, .reason = "exit status 1"})});
        auto const results = all.run();
        CHECK(results.cause == stop_cause::gate);
        CHECK(asked.size() == 1);
        CHECK(results.count(final_state::ok) == 2 / batches);
        CHECK(exit_code(results) == 1);
        CHECK(exit_code(results, true) == 1);
    }
}

TEST_CASE("batches: a run is stopped while its gate is asked") {
    fleet all(2);
    cut(all, {{1, false}});
    std::vector<batch_report> asked;
    set_hooks(all, {.gate = answers(asked, {}, 1h)});
    auto const results = all.run_and_cancel(1min);
    CHECK(all.elapsed() == 1min);
    CHECK(results.cause == stop_cause::cancelled);
}

TEST_CASE("batches: an approval is asked before every batch but the first, and not for one that had begun") {
    fleet all(4);
    cut(all, {{1, false}});
    all.how.rollout.batches[2].begun = true;
    std::vector<batch_report> asked;
    set_hooks(all, {.approve = answers(asked, {.by = "someone"})});
    CHECK(all.run().ok());
    REQUIRE(asked.size() == 2);
    CHECK((asked[0].number == 2 && asked[0].hosts == std::vector<std::string>{"h1"}));
    CHECK(asked[1].number == 4);
    std::vector<batch_report> again;
    fleet refused(2);
    cut(refused, {{1, false}});
    set_hooks(refused, {.approve = answers(again, {.passed = false})});
    auto const results = refused.run();
    CHECK(results.cause == stop_cause::approval);
    CHECK(exit_code(results) == 1);
    CHECK(history(refused, {"batch_started"}) == "batch_started 1");
}

TEST_CASE("batches: with ask, what runs ends before the question, and a yes counts from there") {
    fleet all(6);
    cut(all, {{6, false}});
    all.halt(halt_when::ask, 1);
    all.how.fanout = 2;
    all[0] = ending_as(final_state::failed);
    all[1].runs = 5s;
    all[3] = ending_as(final_state::failed);
    std::vector<batch_report> asked;
    std::size_t running = 99;
    set_hooks(all, {.halted = [&](batch_report about) -> coro::awaitable<verdict> {
                  asked.push_back(std::move(about));
                  running = all.hosts.open();
                  verdict answer;
                  answer.passed = asked.size() == 1;
                  co_return answer;
              }});
    auto const results = all.run();
    CHECK(running == 0);
    REQUIRE(asked.size() == 2);
    CHECK((asked[0].failed == 1 && asked[0].ok == 1));
    CHECK(asked[1].failed == 2);
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.count(final_state::not_started) == 2);
    CHECK(started_at(all, 2) >= 5s);
}

TEST_CASE("batches: ask without anybody to ask is soon") {
    fleet all(3);
    all.halt(halt_when::ask, 1);
    all.how.fanout = 1;
    all[0] = ending_as(final_state::failed);
    auto const results = all.run();
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.count(final_state::not_started) == 2);
}

TEST_CASE("batches: an error of a gate ends the run and comes out of it") {
    fleet all(2);
    cut(all, {{1, false}});
    set_hooks(all, {.gate = [](batch_report) -> coro::awaitable<verdict> {
                  throw std::runtime_error("no such gate");
                  co_return verdict();
              }});
    CHECK_THROWS_AS(all.run(), muster::run_error);
}

TEST_CASE("apart: never two of one rack at once, and every rack is busy, whatever the fan-out") {
    fleet all(1000);
    all.how.fanout = 64;
    all.how.connect_limit = 0;
    for (std::size_t host = 0; host < 1000; ++host) {
        all.how.rollout.apart.push_back(host / 100);  // a rack after the other, the worst order
        all[host].runs = 100ms + std::chrono::milliseconds(host % 7);
    }
    auto const results = all.run();
    CHECK(results.ok());
    std::map<std::size_t, int> running;
    coro::duration busy{};  // of all racks together
    std::size_t starts = 0;
    int most = 0;
    for (auto const& event : all.told.history) {
        auto& of_rack = running[event.index / 100];
        if (event.kind == "host_started") {
            most = std::max(most, ++of_rack);
            busy -= event.when.time_since_epoch();
            ++starts;
        }
        if (event.kind == "host_ended") {
            --of_rack;
            busy += event.when.time_since_epoch();
        }
    }
    CHECK(most == 1);
    CHECK(starts == 1000);
    CHECK(busy > 19 * all.elapsed() / 2);  // nine and a half of the ten at any time
    CHECK(all.elapsed() < 12s);            // 100 hosts of each rack, one after the other
}

TEST_CASE("delay: a view is told when the next host starts") {
    fleet all(2);
    all.how.rollout.delay = 3s;
    all.run();
    CHECK(all.told.count("start_delayed") >= 1);
    CHECK(all.told.first("start_delayed").when.time_since_epoch() < 1s);
}

TEST_CASE("delay: so long between the starts of two hosts, at least") {
    fleet all(5);
    all.how.rollout.delay = 10s;
    CHECK(all.run().ok());
    for (std::size_t host = 0; host < 5; ++host) CHECK(started_at(all, host) == host * 10s);
}

TEST_CASE("preflight: every host is logged in to before the first command, and the connection closed") {
    fleet all(4);
    cut(all, {{1, false}});
    all.how.fanout = 2;
    all.how.rollout.preflight = 4;
    auto const results = all.run();
    CHECK(results.ok());
    CHECK(all.broken_rules(results).empty());
    for (std::size_t host = 0; host < 4; ++host) CHECK(all.story(host) == "connect close drop connect exec close drop");
    CHECK(history(all, {"preflight_ended", "batch_started"}) ==
          "preflight_ended 4, batch_started 1, batch_started 2, batch_started 3, batch_started 4");
}

TEST_CASE("preflight: below the quorum nothing is sent, and the exit status is 3") {
    fleet all(4);
    all.how.rollout.preflight = 4;
    all[2] = ending_as(final_state::auth);
    auto const results = all.run();
    CHECK(all.broken_rules(results).empty());
    CHECK(results.cause == stop_cause::preflight);
    CHECK(results.hosts[2].state == final_state::auth);
    CHECK(results.count(final_state::not_started) == 3);
    CHECK(all.hosts.count("exec") == 0);
    CHECK(exit_code(results) == 3);
}

TEST_CASE("preflight: with a quorum, hosts that are not there are not tried again and halt nothing") {
    fleet all(4);
    cut(all, {{2, false}});
    all.how.rollout.preflight = 3;
    all[1] = ending_as(final_state::unreachable);
    auto const results = all.run();
    CHECK(all.broken_rules(results).empty());
    CHECK(results.cause == stop_cause::none);
    CHECK(results.count(final_state::ok) == 3);
    CHECK(all.story(1) == "connect drop");
}

TEST_CASE("preflight: a batch whose hosts are all missing does not pass") {
    fleet all(3);
    cut(all, {{1, false}});
    all.how.rollout.preflight = 2;
    all[0] = ending_as(final_state::unreachable);
    auto const results = all.run();
    CHECK(results.cause == stop_cause::batch);
    CHECK(results.count(final_state::not_started) == 2);
}

TEST_CASE("batches: a stop from outside that waits for hosts waits for no pause, gate, question or delay") {
    fleet all(2);
    cut(all, {{1, false}});
    std::vector<batch_report> asked;
    rollout_hooks hooks;
    hooks.halt_outside = []() -> coro::awaitable<halt_when> {
        co_await coro::sleep_for(5s);
        co_return halt_when::soon;
    };
    SECTION("a pause") {
        all.how.rollout.batches[0].soak = 1h;
    }
    SECTION("a gate") {
        hooks.gate = answers(asked, {}, 1h);
    }
    SECTION("an approval") {
        hooks.approve = answers(asked, {}, 1h);
    }
    SECTION("a delay") {
        all.how.rollout.delay = 1h;
    }
    set_hooks(all, std::move(hooks));
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(results.cause == stop_cause::outside);
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(outcome(results.hosts[1]) == "not_started/not_sent");
    CHECK(all.elapsed() == 5s);
}

TEST_CASE("before and after: each host's own, on this machine") {
    fleet all(3);
    all[1].status = 1;
    std::string asked;
    auto const hook = [&asked](char const* name, std::string refused) -> rollout_hooks::host_hook {
        return [&asked, name, refused](muster::endpoint const& host) -> coro::awaitable<verdict> {
            asked += std::string(name) + host.label + " ";
            verdict answer{.passed = host.label != refused, .reason = "no"};
            co_return answer;
        };
    };
    SECTION("both agree: after is for hosts that are ok") {
        set_hooks(all, {.before = hook("b", ""), .after = hook("a", "")});
        auto const results = all.run();
        CHECK(results.count(final_state::ok) == 2);
        CHECK(asked.find("ah1") == std::string::npos);
        CHECK(asked.find("ah0") != std::string::npos);
    }
    SECTION("before says no: nothing is sent") {
        set_hooks(all, {.before = hook("b", "h0"), .after = hook("a", "")});
        auto const results = all.run();
        CHECK(outcome(results.hosts[0]) == "failed/not_sent");
        CHECK(results.hosts[0].stage == stage::before);
        CHECK(results.hosts[0].error == "no");
        CHECK(all.story(0) == "connect close drop");
        CHECK(exit_code(results) == 1);
    }
    SECTION("a failure elsewhere meanwhile: a host that before has taken out of its service comes back") {
        all.halt(halt_when::soon);
        all[1].status = 1;
        auto const slow = [&asked](muster::endpoint const& host) -> coro::awaitable<verdict> {
            asked += "b" + host.label + " ";
            if (host.label == "h2") co_await coro::sleep_for(1s);
            co_return verdict{};
        };
        set_hooks(all, {.before = slow, .after = hook("a", "")});
        auto const results = all.run();
        CHECK(results.cause == stop_cause::failure);
        CHECK(outcome(results.hosts[2]) == "ok/ended");
        CHECK(asked.find("ah2") != std::string::npos);
    }
    SECTION("they are steps of the host, with times") {
        auto const slow = [](muster::endpoint const& /*host*/) -> coro::awaitable<verdict> {
            co_await coro::sleep_for(2s);
            co_return verdict{};
        };
        set_hooks(all, {.before = slow, .after = hook("a", "h2")});
        auto const results = all.run();
        CHECK(steps_of(results.hosts[0]) == "before ok, command ok, after ok");
        CHECK(steps_of(results.hosts[1]) == "before ok, command failed");
        CHECK(steps_of(results.hosts[2]) == "before ok, command ok, after failed");
        CHECK(results.hosts[0].steps[0].duration == 2s);
        auto const& stages = results.hosts[0].stages;
        auto const of_before = std::ranges::find(stages, stage::before, &muster::stage_duration::stage);
        REQUIRE(of_before != stages.end());
        CHECK(of_before->duration == 2s);
        CHECK(all.told.first("step_done").text == "before");
        CHECK(all.told.count("step_done") == 5);  // and behind two commands that end well
    }
    SECTION("a host that is stopped behind before, with nothing sent, shows that") {
        auto content = std::make_shared<muster::pushed_content>();
        content->bytes = muster::command_input::of_text("x");
        muster::push_step push;
        push.content = content;
        all.work = muster::job(std::vector<muster::job_step>{push, muster::step("true")});
        all[2].runs = 1h;
        auto const slow = [](muster::endpoint const& host) -> coro::awaitable<verdict> {
            if (host.label == "h0") co_await coro::sleep_for(1h);
            co_return verdict{};
        };
        set_hooks(all, {.before = slow});
        auto const results = all.run_and_cancel(5s);
        CHECK(outcome(results.hosts[0]) == "not_started/not_sent");
        CHECK(results.hosts[0].stage == stage::before);
        CHECK(steps_of(results.hosts[0]) == "before stopped");
        CHECK(outcome(results.hosts[2]) == "not_started/not_sent");
        CHECK(results.hosts[2].stage == stage::before);
        CHECK(steps_of(results.hosts[2]) == "before ok, push stopped");
    }
    SECTION("after says no: the host has failed") {
        set_hooks(all, {.after = hook("a", "h2")});
        auto const results = all.run();
        CHECK(outcome(results.hosts[2]) == "failed/ended");
        CHECK(results.hosts[2].stage == stage::after);
    }
}

TEST_CASE("reboot: a connection that breaks is no failure when the host comes back in another boot") {
    fleet all(1);
    all.how.rollout.expect_reboot = 5min;
    all[0].boots = {"first", "first", "second"};
    all[0].ends = GENERATE(ending::connection_breaks, ending::unknown);
    all[0].fails_after_boot = 3;
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(results.hosts[0].attempts == 6);  // three that fail, and one that finds the host still in the old boot
    CHECK(all.hosts.count("exec") == 1);
    CHECK(all.hosts.open() == 0);
}

TEST_CASE("reboot: a command that the reboot kills stops nothing") {
    fleet all(2);
    cut(all, {{1, false}});
    all.how.rollout.expect_reboot = 5min;
    for (std::size_t host = 0; host < 2; ++host) {
        all[host].boots = {"first", "second"};
        all[host].signal = "KILL";
    }
    auto const results = all.run();
    CHECK(results.ok());
    CHECK(results.cause == stop_cause::none);
}

TEST_CASE("reboot: a host that stays in its boot has a limit that passes, with stage check") {
    fleet all(1);
    all.how.rollout.expect_reboot = 1min;
    all[0].boots = {"first"};
    auto const results = all.run();
    CHECK(results.hosts[0].state == final_state::timed_out);
    CHECK(results.hosts[0].stage == stage::check);
    CHECK(results.hosts[0].error->find("has not rebooted within 60 s") != std::string::npos);
    CHECK(all.elapsed() < 62s);
    CHECK(all.hosts.count("exec") == 1);
}

TEST_CASE("reboot: a command that fails has failed, and a host without boots is not touched") {
    fleet all(2);
    all.how.rollout.expect_reboot = 1min;
    all[0].boots = {"first"};
    all[0].status = 3;
    auto const results = all.run();
    CHECK(outcome(results.hosts[0]) == "failed/ended");
    CHECK(outcome(results.hosts[1]) == "failed/not_sent");
    CHECK(all.elapsed() < 1s);
}

TEST_CASE("reboot: a stop while the host is awaited ends it at once") {
    fleet all(1);
    all.how.rollout.expect_reboot = 1h;
    all[0].boots = {"first"};
    all[0].ends = ending::connection_breaks;
    all[0].fails_after_boot = 1000;
    auto const results = all.run_and_cancel(1min);
    CHECK(outcome(results.hosts[0]) == "stopped/unknown");
    CHECK(all.elapsed() <= 1min + 100ms);
}
