// SPDX-License-Identifier: MIT
// Groups that a server chooses for diffie-hellman-group-exchange: good ones, useless ones, and ones that cost much
// time.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "ssh/support/loop_probe.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("groups of 2048 to 8192 bits are taken, and hold up no other host") {
    auto const group = GENERATE("group-of-2048", "group-of-8192");
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    loop_probe probe;
    auto const results = run_probed({rogues.at(group), fleet.one()}, patient(), probe);
    CAPTURE(group, error_message(results.hosts[0]));
    CHECK(results.hosts[0].out == "hello\n");
    CHECK(results.hosts[1].out == "h1\n");
    CHECK(probe.longest < 100ms);
}

TEST_CASE("groups and values that make the secret known, or cost much time, end the key exchange at once") {
    std::string const group =
        GENERATE("group-of-1024", "group-of-8200", "group-of-16384", "group-even", "group-of-nothing",
                 "generator-of-one", "generator-of-minus-one", "value-of-one", "value-of-nothing");
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    loop_probe probe;
    auto const results = run_probed({rogues.at(group), fleet.one()}, patient(), probe);
    CAPTURE(group, error_message(results.hosts[0]));
    CHECK(ending(results.hosts[0]) == "unreachable not_sent handshake");
    CHECK_THAT(
        error_message(results.hosts[0]),
        ContainsSubstring(group.starts_with("value") ? "key exchange failed: the server sent an unfit public value"
                                                     : "key exchange failed: the server chose an unfit group"));
    CHECK(results.hosts[1].out == "h1\n");
    CHECK(probe.longest < 100ms);
}
