// SPDX-License-Identifier: MIT
// Commands as long as a host takes them, and longer ones.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

#include <muster/run.hpp>

#include "ssh/session/group_scripts.hpp"
#include "ssh/session/request_text.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::string_view before = ": '";
constexpr std::string_view behind = "'; echo end";

/// A command of exactly so many bytes.
std::string command_of(std::size_t size, char filling = 'a') {
    return std::string(before) + std::string(size - before.size() - behind.size(), filling) + std::string(behind);
}

job leased(std::string command) {
    job job(std::move(command));
    job.command().lease = lease_terms{};
    return job;
}

std::string refusal(endpoint const& target, job const& job) {
    null_sink sink;
    std::vector<endpoint> const alone{target};
    try {
        static_cast<void>(run(alone, job, {}, sink));
    } catch (error const& refused) {
        CHECK(refused.status() == exit_status::usage);
        return refused.what();
    }
    return "it was run";
}

}  // namespace

TEST_CASE("a command may be as long as an argument on Linux") {
    ssh_fleet const fleet;
    for (auto const size : {36'000, 100'000, 120'000, 131'071}) {
        auto const result = run_on(fleet.one(), command_of(static_cast<std::size_t>(size)));
        CAPTURE(size, result.error);
        CHECK(ending(result) == "ok ended command 0");
        CHECK(result.out == "end\n");
    }
}

TEST_CASE("a long command goes through every kind of cipher") {
    ssh_fleet const fleet({"h1"}, "MACs +hmac-sha2-256");
    auto const* const cipher = GENERATE("chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-gcm@openssh.com");
    auto const* const mac = GENERATE("hmac-sha2-256", "hmac-sha2-512-etm@openssh.com");
    auto endpoint = fleet.one();
    endpoint.settings.change().algorithms.cipher = cipher;
    endpoint.settings.change().algorithms.mac = mac;
    auto const result = run_on(endpoint, command_of(100'003) + "; cat", patient());
    CAPTURE(cipher, mac, result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "end\n");
}

TEST_CASE("a lease quotes a long command, and what the quotes need counts") {
    ssh_fleet const fleet;
    null_sink sink;
    std::vector<endpoint> const alone{fleet.one()};
    std::string quotes = ": \"" + std::string(24'000, '\'') + "\"; echo end";
    auto const result = run(alone, leased(quotes), {}, sink).hosts.front();
    CAPTURE(result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "end\n");
    CHECK_THAT(refusal(fleet.one(), leased(": \"" + std::string(27'000, '\'') + '"')),
               ContainsSubstring("too long: 27004 bytes, 13"));
}

TEST_CASE("a command longer than a host can take is refused before the first connection") {
    ssh_fleet const fleet;
    auto const words = refusal(fleet.one(), job{command_of(131'072)});
    CHECK_THAT(words, ContainsSubstring("the command is too long: 131072 bytes, and a host takes 131071"));
    CHECK_THAT(words, ContainsSubstring("--input FILE"));
    CHECK_THAT(fleet.log(), !ContainsSubstring("Accepted"));
}
