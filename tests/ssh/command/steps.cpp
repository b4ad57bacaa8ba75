// SPDX-License-Identifier: MIT
// Several commands, one after the other, over one connection to a real server.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

#include <muster/run.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;

namespace {

host_result run_steps(endpoint const& target, std::vector<step> steps) {
    null_sink sink;
    std::vector<endpoint> const alone{target};
    return run(alone, job(std::move(steps)), {}, sink).hosts.front();
}

}  // namespace

TEST_CASE("steps run in order over one login, on a server that allows one session at a time") {
    ssh_fleet const fleet({"h1"}, "MaxSessions 1\n");
    std::vector<step> steps;
    for (int n = 0; n < 20; ++n) steps.push_back({"echo " + std::to_string(n) + " $SSH_CONNECTION"});
    steps.push_back({"cat; exit 7", command_input::of_text("input\n")});
    steps.push_back({"echo never"});
    auto const result = run_steps(fleet.one(), std::move(steps));
    CHECK(ending(result) == "failed ended command 7");
    std::string expected;
    auto const login = result.out.substr(2, result.out.find('\n') - 2);
    for (int n = 0; n < 20; ++n) expected += std::to_string(n) + " " + login + "\n";
    CHECK(result.out == expected + "input\n");
}

TEST_CASE("a step starts although the one before it has left a process that holds its streams") {
    ssh_fleet const fleet({"h1"}, "MaxSessions 1\n");
    auto const result = run_steps(fleet.one(), {{"sleep 60 & echo one"}, {"echo two"}});
    CHECK(result.out == "one\ntwo\n");
    CHECK(ending(result) == "ok ended command 0");
}

TEST_CASE("a step has its own terminal and variables, or those of its host") {
    ssh_fleet const fleet({"h1"}, "AcceptEnv OF_*\n");
    auto endpoint = fleet.one();
    endpoint.settings.change().environment = {{"OF_HOST", "host"}};
    step alone{"tty; echo $OF_HOST $OF_STEP"};
    step with{"tty >/dev/null && echo $OF_HOST $OF_STEP"};
    with.tty = tty_request::yes;
    with.environment = {{"OF_STEP", "step"}};
    CHECK(run_steps(endpoint, {with}).out == "host step\r\n");
    CHECK(run_steps(endpoint, {alone}).out == "not a tty\nhost\n");
}
