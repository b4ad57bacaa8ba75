// SPDX-License-Identifier: MIT
// Time that misbehaves: a time of day that jumps, and a program that is stopped for a while.
#include <signal.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

/// With limits of every kind, and a question every two seconds whether the server lives, which must be answered before
/// the next.
std::vector<std::string> words(ssh_fleet const& fleet, std::vector<std::string> const& more) {
    std::vector<std::string> all{program,
                                 "-F",
                                 fleet.path("config"),
                                 "-o",
                                 "ServerAliveInterval=2",
                                 "-o",
                                 "ServerAliveCountMax=1",
                                 "-t",
                                 "60s",
                                 "-u",
                                 "60s",
                                 "--total-timeout",
                                 "100s"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::vector<json> objects_of(std::string const& text) {
    std::istringstream lines(text);
    std::vector<json> all;
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
    return all;
}

}  // namespace

TEST_CASE("a time of day that jumps by a day, forth and back, changes nothing but what is shown of it") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizer wants to be preloaded first");
#endif
    ssh_fleet const fleet({"h1", "h2", "h3", "h4", "h5", "h6"});
    child run(words(fleet, {"--json", "-f", "3", "h[1-6]", "echo begun; sleep 3; echo done"}),
              {"LD_PRELOAD=" + std::string(build_dir) + "/tests/jumping_clock.so"});
    auto const end = run.wait();
    CAPTURE(run.out(), run.err());
    CHECK(end.code == 0);
    auto const all = objects_of(run.out());
    REQUIRE(all.size() == 7);
    std::set<std::string> days;
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(all[i]["state"] == "ok");
        CHECK(all[i]["stdout"] == "begun\ndone\n");
        CHECK(all[i]["attempts"] == 1);
        CHECK(all[i]["duration_ms"] >= 3000);
        CHECK(all[i]["duration_ms"] < 60'000);
        days.insert(all[i]["started"].get<std::string>().substr(0, 10));
    }
    CHECK(all[6]["duration_ms"] < 100'000);
    CHECK(days.size() > 1);  // it did jump
}

TEST_CASE("a program that was stopped and goes on has lost no host, and nothing of what was said meanwhile") {
    ssh_fleet const fleet({"h1", "h2", "h3"});
    auto const go = fleet.path("go");
    // h1 has nothing to say but its answers to the questions
    child run(words(fleet, {"h[1-3]", "n=0; until [ -e " + go +
                                          " ]; do n=$((n+1)); [ $NODE = h1 ] || echo $n; sleep 0.1; done; echo end"}));
    REQUIRE(eventually([&] { return run.out().find("h3: 5\n") != std::string::npos; }));
    for (int round = 0; round < 2; ++round) {
        run.send(SIGSTOP);
        std::this_thread::sleep_for(5s);  // longer than a server may be silent
        run.send(SIGCONT);
        auto const before = run.out().size();
        bool const goes_on = eventually([&] { return run.out().size() > before + 100; });
        CAPTURE(round, run.out(), run.err());
        REQUIRE(goes_on);
    }
    write_file(go, "");
    auto const end = run.wait();
    CAPTURE(run.out(), run.err());
    CHECK(end.code == 0);
    CHECK_THAT(run.err(), ContainsSubstring("3 hosts: 3 ok"));
    int next = 1;
    std::istringstream lines(run.out());
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("h2: ") || line == "h2: end") continue;
        CHECK(line == "h2: " + std::to_string(next++));
    }
    CHECK(next > 5);
}
