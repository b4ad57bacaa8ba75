// SPDX-License-Identifier: MIT
// The key exchange mlkem768x25519-sha256, with a server that offers nothing else.
#include <libssh2_muster.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "ssh/support/loop_probe.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr auto method = "mlkem768x25519-sha256";

/// OpenSSH knows the method since 9.9.
ssh_fleet only_post_quantum(std::string const& more = {}) {
    if (muster_post_quantum() == nullptr) SKIP("this libssh2 has no post-quantum key exchange");
    return ssh_fleet({"h1"}, std::string("KexAlgorithms ") + method + "\nMaxStartups 1000\n" + more, newer_sshd);
}

}  // namespace

TEST_CASE("post-quantum: each of many key exchanges succeeds with a server that knows no other") {
    auto const fleet = only_post_quantum();
    bool const all = std::getenv("MUSTER_LONG") != nullptr;
    auto options = patient();
    options.fanout = 8;
    auto const results = run_on(fleet.endpoints(all ? 2000 : 60), "true", options);
    for (auto const& host : results.hosts) {
        if (host.state == final_state::ok && host.key_exchange == method) continue;
        FAIL_CHECK(host.host << ": " << host.error << " " << host.key_exchange);
    }
}

TEST_CASE("post-quantum: keys are changed by it, from both sides, to the byte") {
    auto const fleet = only_post_quantum("RekeyLimit 256K");
    auto endpoint = fleet.one();
    endpoint.settings.change().rekey.bytes = 256U << 10U;
    auto options = patient();
    options.keep_output = 64U << 20U;
    auto const result = run_on(endpoint, "seq 1 1000000", options);
    std::string expected;
    for (int i = 1; i <= 1'000'000; ++i) expected += std::to_string(i) + '\n';
    CHECK(ending(result) == "ok ended command 0");
    CHECK((result.out == expected));
}

TEST_CASE("post-quantum: a server that does not know it is reached as before, and one may do without it") {
    ssh_fleet const old({"h1"}, "KexAlgorithms curve25519-sha256");
    CHECK(run_on(old.one(), "true").key_exchange == "curve25519-sha256");
    auto const fleet = only_post_quantum();
    auto endpoint = fleet.one();
    endpoint.settings.change().algorithms.key_exchange = "curve25519-sha256";
    CHECK_THAT(run_on(endpoint, "true").error, ContainsSubstring("no common key exchange algorithm"));
}

TEST_CASE("post-quantum: an untouched exchange through a relay succeeds") {
    auto const fleet = only_post_quantum();
    rogue_servers const rogues(fleet);
    CHECK(ending(run_on(rogues.at("relay"), "true")) == "ok ended command 0");
}

TEST_CASE("post-quantum: whatever is changed in the server's value ends the exchange") {
    auto const fleet = only_post_quantum();
    rogue_servers const rogues(fleet);
    auto const change =
        GENERATE("relay-value-short", "relay-value-long", "relay-value-empty", "relay-other-kem", "relay-zero-point");
    auto const result = run_on(rogues.at(change), "true");
    CAPTURE(change);
    CHECK(ending(result) == "unreachable not_sent handshake");
    CHECK_THAT(result.error, ContainsSubstring("key exchange failed"));
}

TEST_CASE("post-quantum: an exchange holds up no other host") {
    auto const fleet = only_post_quantum();
    loop_probe probe;
    auto options = patient();
    options.fanout = 20;
    auto const results = run_probed(fleet.endpoints(20), options, probe);
    CHECK(results.ok());
    CHECK(probe.longest < 100ms);
}
