// SPDX-License-Identifier: MIT
// The stop on a real sshd: what runs is ended and proved to be, or said to be unknown.
#include <signal.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <muster/run.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

options fail_fast(std::chrono::nanoseconds grace) {
    options options;
    options.fanout = 0;
    options.connect_timeout = patience;
    options.grace = grace;
    options.halt.when = halt_when::now;
    return options;
}

/// Host h1 of the fleet fails once the file `go` is there; the others do `work`.
std::string failing_first(ssh_fleet const& fleet, std::string const& work) {
    return "if [ $NODE = h1 ]; then while [ ! -e " + fleet.path("go") + " ]; do sleep 0.1; done; exit 3; fi; " + work;
}

/// One endpoint on h1, `count` on h2.
std::vector<endpoint> one_and_many(ssh_fleet const& fleet, std::size_t count) {
    auto const real = fleet.endpoints();
    auto where = fleet.endpoints(count + 1);
    for (std::size_t i = 1; i < where.size(); ++i) where[i].address = real[1].address;
    return where;
}

/// Makes the first host fail when so many lines of "ready" have come from the others.
listener go_when_ready(ssh_fleet const& fleet, std::size_t count, std::chrono::steady_clock::time_point& gone) {
    return [&fleet, &gone, left = count](event const& event) mutable {
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece == nullptr || left == 0) return;
        left -= std::min<std::size_t>(left, static_cast<std::size_t>(std::ranges::count(piece->bytes, '\n')));
        if (left > 0) return;
        gone = std::chrono::steady_clock::now();
        write_file(fleet.path("go"), "");
    };
}

/// Exits at once. What it leaves behind says that it is ready when the server has told the exit.
constexpr auto ready_after_exit = "(while kill -s 0 $$ 2>/dev/null; do sleep 0.1; done; echo ready; sleep 1000) &";

std::size_t open_files() {
    std::filesystem::directory_iterator const files("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// Ends what this test has left on its fleet, and sees it gone.
void end_commands(ssh_fleet const& fleet) {
    for (pid_t const pid : fleet.commands()) ::kill(pid, SIGKILL);
    CHECK(eventually([&] { return fleet.commands().empty(); }));
}

}  // namespace

TEST_CASE("the first failure stops twenty sleeping commands, and none is left") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto const results = run_on(one_and_many(fleet, 20), failing_first(fleet, "echo ready; sleep 1000; echo no"),
                                fail_fast(5s), go_when_ready(fleet, 20, failed));
    auto const took = std::chrono::steady_clock::now() - failed;
    CHECK(fleet.commands().empty());
    CHECK(took < 7s);
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.culprit == 0);
    CHECK(ending(results.hosts[0]) == "failed ended command 3");
    for (std::size_t i = 1; i < results.hosts.size(); ++i) {
        CAPTURE(error_message(results.hosts[i]));
        CHECK(results.hosts[i].state == final_state::stopped);
        CHECK(results.hosts[i].command == command_fate::ended);
        CHECK(results.hosts[i].out == "ready\n");
    }
    CHECK(exit_code(results) == 1);
}

TEST_CASE("whole pipelines and background jobs of a stopped command end with it") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto const work = "echo ready; sleep 1000 | cat & (sleep 1000; true) & sh -c 'sleep 1000; true' | cat | cat";
    auto const results =
        run_on(one_and_many(fleet, 3), failing_first(fleet, work), fail_fast(5s), go_when_ready(fleet, 3, failed));
    CHECK(fleet.commands().empty());
    for (std::size_t i = 1; i < results.hosts.size(); ++i) {
        CHECK(ending(results.hosts[i]) == "stopped ended command TERM");
    }
}

TEST_CASE("a command that ignores TERM is killed after the grace") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto const results =
        run_on(one_and_many(fleet, 3), failing_first(fleet, "trap '' TERM; echo ready; sleep 1000; sleep 1000"),
               fail_fast(1s), go_when_ready(fleet, 3, failed));
    auto const took = std::chrono::steady_clock::now() - failed;
    CHECK(fleet.commands().empty());
    CHECK(took >= 1s);
    CHECK(took < 3s);
    for (std::size_t i = 1; i < results.hosts.size(); ++i) {
        CHECK(ending(results.hosts[i]) == "stopped ended command KILL");
    }
}

TEST_CASE("a command that cleans up on TERM is let to do so, and its last words are kept") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto const work = "trap 'echo cleaned; exit 9' TERM; echo ready; while :; do sleep 0.1; done";
    auto const results =
        run_on(one_and_many(fleet, 2), failing_first(fleet, work), fail_fast(20s), go_when_ready(fleet, 2, failed));
    CHECK(fleet.commands().empty());
    for (std::size_t i = 1; i < results.hosts.size(); ++i) {
        CHECK(ending(results.hosts[i]) == "stopped ended command 9");
        CHECK(results.hosts[i].out == "ready\ncleaned\n");
    }
}

/// But for the script that looked for it, which ends by itself.
bool nothing_is_left(ssh_fleet const& fleet) {
    return eventually([&] { return fleet.commands().empty(); });
}

TEST_CASE("a process that outlives the death of its group's leader is never said to have ended") {
    ssh_fleet const fleet;
    options options;
    options.command_timeout = 1s;
    options.grace = 300ms;
    auto const result = run_on(fleet.one(), "sh -c \"trap '' TERM; exec sleep 1000\" | cat", options);
    CHECK(result.state == final_state::timed_out);
    CHECK((result.command == command_fate::unknown || nothing_is_left(fleet)));
    end_commands(fleet);
}

TEST_CASE("a stop while the streams are held by a background process alone") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto options = fail_fast(300ms);
    options.linger = patience;
    auto const results = run_on(one_and_many(fleet, 1), failing_first(fleet, ready_after_exit), options,
                                go_when_ready(fleet, 1, failed));
    auto const& result = results.hosts[1];
    CHECK(result.state == final_state::ok);  // it had told its status
    CHECK((result.command == command_fate::unknown || nothing_is_left(fleet)));
    end_commands(fleet);
}

TEST_CASE("no process in the background is told of where there was none") {
    ssh_fleet const fleet({"h1", "h2"});
    bool const leased = GENERATE(false, true);
    for (int i = 0; i < 10; ++i) {
        std::filesystem::remove(fleet.path("go"));
        std::chrono::steady_clock::time_point failed;
        job what(failing_first(fleet, "echo ready; sleep 1000"));
        if (leased) what.command().lease.emplace();
        calling_sink sink(go_when_ready(fleet, 1, failed));
        auto const results = run(one_and_many(fleet, 1), what, fail_fast(5s), sink);
        CHECK(error_message(results.hosts[0]) == "exit status 3");
        CHECK(ending(results.hosts[0]) == "failed ended command 3");
        CHECK(results.hosts[1].state == final_state::stopped);
    }
    CHECK(eventually([&] { return fleet.commands().empty(); }));
}

TEST_CASE("lease: a stop does not wait for a watch that has gone with its command") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    job what(failing_first(fleet, ready_after_exit));
    what.command().lease.emplace();
    calling_sink sink(go_when_ready(fleet, 1, failed));
    auto options = fail_fast(patience);
    options.linger = patience;
    auto const results = run(one_and_many(fleet, 1), what, options, sink);
    CHECK(std::chrono::steady_clock::now() - failed < patience);  // which the grace is
    auto const& result = results.hosts[1];
    CHECK(result.state == final_state::ok);
    CHECK((result.command == command_fate::unknown || nothing_is_left(fleet)));
    end_commands(fleet);
}

TEST_CASE("a stop does not wait for hosts that are still connecting") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto const results = run_on(one_and_many(fleet, 40), failing_first(fleet, "echo ready; sleep 1000"), fail_fast(5s),
                                go_when_ready(fleet, 1, failed));
    CHECK(fleet.commands().empty());
    for (auto const& result : results.hosts) {
        CAPTURE(ending(result), error_message(result));
        CHECK(result.command != command_fate::unknown);
    }
    CHECK(results.hosts.size() == 41);
}

TEST_CASE("a command that floods its output is stopped like any other") {
    ssh_fleet const fleet({"h1", "h2"});
    std::chrono::steady_clock::time_point failed;
    auto options = fail_fast(5s);
    options.keep_output = 1024;
    auto const results =
        run_on(one_and_many(fleet, 3), failing_first(fleet, "yes"), options, go_when_ready(fleet, 100'000, failed));
    CHECK(fleet.commands().empty());
    std::size_t flooding = 0;  // on a busy machine one of them may not have come so far
    for (std::size_t i = 1; i < results.hosts.size(); ++i) {
        auto const& host = results.hosts[i];
        if (host.out.empty()) continue;
        ++flooding;
        CHECK(ending(host) == "stopped ended command TERM");
        CHECK(host.out.size() == 1024);
        CHECK(host.truncated);
    }
    CHECK(flooding > 0);
}

TEST_CASE("a command that is stopped the moment it was sent is reached by TERM") {
    ssh_fleet const fleet({"h1", "h2"});
    options options;
    options.fanout = 0;
    options.connect_timeout = patience;
    options.grace = 1s;
    std::size_t sent = 0;
    std::size_t killed = 0;
    for (int round = 0; round < 20; ++round) {
        std::stop_source stop;
        auto const cancel = [&](event const& event) {
            if (!std::holds_alternative<events::command_sent>(event)) return;
            ++sent;
            stop.request_stop();
        };
        auto const results = run_on(fleet.endpoints(4), "exec sleep 1000", options, cancel, stop.get_token());
        for (auto const& result : results.hosts) {
            CHECK(result.command != command_fate::unknown);
            if (result.signal == "KILL") ++killed;
        }
    }
    CHECK(fleet.commands().empty());
    CAPTURE(killed, sent);
    CHECK(killed < sent / 4);  // a busy machine may be slow to start a process
}

TEST_CASE("runs cancelled at random moments leave no process, no open file and no doubt") {
    ssh_fleet const fleet({"h1", "h2"});
    auto const where = fleet.endpoints(3);
    char const* const commands[] = {"sleep 1000", "echo one; exit 3", "yes", "sleep 1000 | cat",
                                    "exec >&- 2>&-; sleep 1000"};
    int const rounds = std::getenv("MUSTER_LONG") != nullptr ? 2000 : 200;
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    options options;
    options.keep_output = 1000;
    options.grace = 5s;
    options.connect_timeout = patience;
    run_on(where, "true", options);
    auto const files = open_files();
    for (int round = 0; round < rounds; ++round) {
        std::stop_source stop;
        std::chrono::microseconds const moment(std::uniform_int_distribution<int>(0, 100'000)(random));
        std::jthread const canceller([&] {
            std::this_thread::sleep_for(moment);
            stop.request_stop();
        });
        auto const results = run_on(where, commands[random() % std::size(commands)], options, {}, stop.get_token());
        for (auto const& result : results.hosts) {
            CAPTURE(round, moment.count(), ending(result), error_message(result));
            REQUIRE(result.command != command_fate::unknown);
            REQUIRE((result.state == final_state::stopped || result.state == final_state::not_started ||
                     result.state == final_state::failed || result.state == final_state::ok));
        }
        // The shell's end is told a moment before a child that got the same signal, and has closed its streams, is
        // gone.
        if (round % 10 == 0) REQUIRE(eventually([&] { return fleet.commands().empty(); }, 1s));
    }
    CHECK(eventually([&] { return fleet.commands().empty(); }, 1s));
    CHECK(open_files() == files);
}
