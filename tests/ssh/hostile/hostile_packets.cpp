// SPDX-License-Identifier: MIT
// Packets that no server may send, with a valid authentication tag, before the host key is checked; and odd choices of
// ciphers.
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

TEST_CASE("a packet of a wrong length or padding ends its session and no other") {
    auto const kind =
        GENERATE("packets-chacha20", "packets-gcm", "packets-ctr", "packets-ctr-etm", "packets-cbc", "packets-cbc-etm");
    constexpr std::size_t cases = 64;  // each connection gets the next one
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto hostile = rogues.at(kind);
    hostile.settings.change().algorithms.cipher =
        "aes128-cbc,aes128-ctr,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com";
    std::vector<endpoint> where(cases, hostile);
    for (std::size_t i = 0; i < cases; ++i) where[i].label += "-" + std::to_string(i);
    where.push_back(fleet.one());
    loop_probe probe;
    auto const results = run_probed(where, patient(), probe);
    for (std::size_t i = 0; i < cases; ++i) {
        CAPTURE(kind, i, error_message(results.hosts[i]));
        CHECK(ending(results.hosts[i]) == "unreachable not_sent auth");
        CHECK_THAT(error_message(results.hosts[i]), ContainsSubstring("malformed"));
    }
    CHECK(results.hosts[cases].out == "h1\n");
    CHECK(probe.longest < 100ms);
}

TEST_CASE("a server may choose another cipher in each direction") {
    auto const kind = GENERATE("ciphers-chacha20-gcm", "ciphers-chacha20-ctr", "ciphers-gcm-chacha20",
                               "ciphers-gcm-ctr", "ciphers-ctr-chacha20", "ciphers-ctr-gcm");
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto const result = run_on(rogues.at(kind), "true", patient());
    CAPTURE(kind, error_message(result));
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "hello\n");
}
