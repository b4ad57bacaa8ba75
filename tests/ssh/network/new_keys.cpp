// SPDX-License-Identifier: MIT
// Keys that are changed from our side in the middle of everything.
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include <muster/run.hpp>

#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;

namespace {

constexpr auto telling = "LogLevel DEBUG1";

std::size_t count(std::string const& text, std::string const& what) {
    std::size_t found = 0;
    for (auto position = text.find(what); position != std::string::npos; position = text.find(what, position + 1))
        ++found;
    return found;
}

/// How often clients have sent new keys.
std::size_t new_keys(ssh_fleet const& fleet) {
    return count(fleet.log(), "SSH2_MSG_NEWKEYS received");
}

endpoint renewing(endpoint endpoint, std::uint64_t bytes, std::chrono::seconds interval = 0s) {
    endpoint.settings.change().rekey = {bytes, interval};
    return endpoint;
}

std::string numbers(int last) {
    std::string text;
    for (int i = 1; i <= last; ++i) text += std::to_string(i) + '\n';
    return text;
}

host_result run_step(endpoint const& target, step const& what) {
    null_sink sink;
    options options = patient();
    options.keep_output = 64U << 20U;
    std::vector<endpoint> const alone{target};
    return run(alone, job(std::vector<step>{what}), options, sink).hosts.front();
}

}  // namespace

TEST_CASE("new keys: 20 MB of output come as they were sent") {
    ssh_fleet const fleet({"h1"}, telling);
    auto const before = new_keys(fleet);
    auto const result = run_step(renewing(fleet.one(), 1U << 20U), {"seq 1 2700000"});
    CAPTURE(result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK((result.out == numbers(2'700'000)));
    CHECK(new_keys(fleet) - before >= 5);  // as much as the window holds comes behind each beginning
}

TEST_CASE("new keys: 20 MB of input arrive as they are") {
    ssh_fleet const fleet({"h1"}, telling);
    auto const text = random_bytes(20'000'000);
    auto const before = new_keys(fleet);
    auto const file = "/tmp/muster-new-keys-" + std::to_string(::getpid());
    auto const result = run_step(renewing(fleet.one(), 1U << 20U), {"cat >" + file, command_input::of_text(text)});
    CAPTURE(result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK((read_file(file) == text));
    ::unlink(file.c_str());
    CHECK(new_keys(fleet) - before >= 15);
}

TEST_CASE("new keys: both directions at once, in every kind of cipher") {
    ssh_fleet const fleet({"h1"}, "MACs +hmac-sha2-256");
    auto const text = random_bytes(3'000'000);
    for (auto const* const cipher : {"chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-gcm@openssh.com"}) {
        auto endpoint = renewing(fleet.one(), 64U << 10U);
        endpoint.settings.change().algorithms.cipher = cipher;
        auto const result = run_step(endpoint, {"cat", command_input::of_text(text)});
        CAPTURE(cipher, result.error);
        CHECK(ending(result) == "ok ended command 0");
        CHECK((result.out == text));
    }
}

TEST_CASE("new keys: a limit so small that each packet passes it keeps nothing from moving") {
    ssh_fleet const fleet({"h1"}, telling);
    auto const before = new_keys(fleet);
    auto const result = run_step(renewing(fleet.one(), 16), {"seq 1 200000"});
    CAPTURE(result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK((result.out == numbers(200'000)));
    CHECK(new_keys(fleet) - before >= 5);
}

TEST_CASE("new keys: they come by time, and only when something has gone through") {
    ssh_fleet const fleet({"h1"}, telling);
    auto const before = new_keys(fleet);
    auto const result = run_step(renewing(fleet.one(), 0, 1s), {"for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done"});
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "1\n2\n3\n4\n5\n6\n");
    auto const made = new_keys(fleet) - before;
    CHECK(made >= 3);
    CHECK(made <= 5);
}

TEST_CASE("new keys: a lease is renewed all the same") {
    ssh_fleet const fleet({"h1"}, telling);
    auto const before = new_keys(fleet);
    step leased{"i=0; while [ $i -lt 40 ]; do head -c 50000 /dev/zero; sleep 0.1; i=$((i+1)); done"};
    leased.lease = lease_terms{.expires = 2s};
    auto const result = run_step(renewing(fleet.one(), 64U << 10U), leased);
    CAPTURE(result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out.size() == 2'000'000);
    CHECK(new_keys(fleet) - before >= 10);
}

TEST_CASE("new keys: without a limit of the user's there are none for a while") {
    ssh_fleet const fleet({"h1"}, telling);
    auto const before = new_keys(fleet);
    CHECK(ending(run_step(fleet.one(), {"head -c 5000000 /dev/zero"})) == "ok ended command 0");
    CHECK(new_keys(fleet) - before == 1);
}

TEST_CASE("new keys: what a server asks in between is answered when they are there") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto const result = run_step(renewing(rogues.at("asks-in-kex"), 4096), {"true"});
    CAPTURE(result.error);
    CHECK(ending(result) == "ok ended command 0");
}

TEST_CASE("new keys: a server that answers with nothing of it keeps nobody") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto endpoint = renewing(rogues.at("ignores-kexinit"), 4096);
    endpoint.settings.change().alive_interval = 1s;
    endpoint.settings.change().alive_count_max = 2;
    auto const result = run_step(endpoint, {"true"});
    CHECK(ending(result) == "lost unknown command");
    CHECK(result.error.find("silent for") != std::string::npos);
}
