// SPDX-License-Identifier: MIT
// Certificates made by ssh-keygen, whole and with one byte changed.
#include "ssh/keys/certificate.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "ssh/keys/public_key_file.hpp"
#include "support/sandbox.hpp"

using namespace muster::ssh;
using namespace muster::test;

namespace {

using strings = std::vector<std::string>;

/// A certificate for web1 and web2, of a new key by a new authority.
bytes new_certificate(strings const& kind, strings const& authority_kind) {
    sandbox const box;
    auto const authority = box.key("ca", authority_kind);
    auto const key = box.key("key", kind);
    strings words{"ssh-keygen", "-q", "-h", "-s", authority, "-I", "called", "-n", "web1,web2", "-z", "7"};
    words.insert(words.end(), {"-V", "20200101:20400101", key + ".pub"});
    REQUIRE(run_program(words).status == 0);
    auto found = read_public_key(key + "-cert.pub");
    REQUIRE(found);
    CHECK(certified_key(found->blob) == read_public_key(key + ".pub")->blob);
    return found->blob;
}

std::chrono::system_clock::time_point year(int number) {
    return std::chrono::sys_days(std::chrono::year(number) / 7 / 1);
}

strings const ed25519{"-t", "ed25519"};

}  // namespace

TEST_CASE("a certificate says what it was made with") {
    auto const item = parse_certificate(new_certificate(ed25519, ed25519));
    CHECK(item.kind == certificate::purpose::host);
    CHECK(item.serial == 7);
    CHECK(item.key_id == "called");
    CHECK(item.principals == strings{"web1", "web2"});
    CHECK_FALSE(item.has_critical_options);
    CHECK(host_certificate_fault(item, "web2", year(2027)).empty());
    CHECK(host_certificate_fault(item, "web", year(2027)) == "it is for other names");
    CHECK(host_certificate_fault(item, "", year(2027)) == "it is for other names");
    CHECK(host_certificate_fault(item, "web1", year(2019)).starts_with("it is not valid before 20"));
    CHECK(host_certificate_fault(item, "web1", year(2041)).starts_with("it expired at 20"));
    certificate dated;
    dated.valid_after = 1'000'000'000;
    dated.valid_before = 2'000'000'000;
    CHECK(time_fault(dated, year(1999)) == "is not valid before 2001-09-09T01:46:40Z");
    CHECK(time_fault(dated, year(2034)) == "expired at 2033-05-18T03:33:20Z");
    dated.valid_after = ~std::uint64_t{0};
    CHECK(time_fault(dated, year(2034)).starts_with("is not valid before "));
}

TEST_CASE("certificates of every kind, with any byte changed, are good no longer") {
    strings const rsa{"-t", "rsa", "-b", "2048"};
    strings const ecdsa{"-t", "ecdsa", "-b", "521"};
    for (auto const& [kind, authority] : {std::pair(ed25519, rsa), std::pair(rsa, ecdsa), std::pair(ecdsa, ed25519)}) {
        auto const whole = new_certificate(kind, authority);
        CHECK(host_certificate_fault(parse_certificate(whole), "web1", year(2027)).empty());
        std::size_t good = 0;
        for (std::size_t position = 0; position < whole.size(); position += 3) {
            auto changed = whole;
            changed[position] ^= 1U;
            try {
                if (host_certificate_fault(parse_certificate(changed), "web1", year(2027)).empty()) ++good;
            } catch (wire_error const&) {
            }
        }
        CHECK(good == 0);
        for (std::size_t size = 0; size < whole.size(); size += 7)
            CHECK_THROWS_AS(parse_certificate(byte_view(whole).first(size)), wire_error);
    }
}

TEST_CASE("an authority that signs with SHA-1 vouches for nothing") {
    sandbox const box;
    auto const authority = box.key("ca", {"-t", "rsa", "-b", "2048"});
    auto const key = box.key("key", ed25519);
    REQUIRE(
        run_program({"ssh-keygen", "-q", "-h", "-t", "ssh-rsa", "-s", authority, "-I", "old", key + ".pub"}).status ==
        0);
    auto const certificate = parse_certificate(read_public_key(key + "-cert.pub")->blob);
    CHECK(host_certificate_fault(certificate, "web1", year(2027))
              .starts_with("the authority's signature can't be checked"));
}

TEST_CASE("a certificate for users, and one with critical options, vouch for no host") {
    sandbox const box;
    auto const authority = box.key("ca", ed25519);
    auto const key = box.key("key", ed25519);
    auto const fault = [&](strings const& options) {
        strings words{"ssh-keygen", "-q", "-s", authority, "-I", "x"};
        words.insert(words.end(), options.begin(), options.end());
        words.push_back(key + ".pub");
        REQUIRE(run_program(words).status == 0);
        return host_certificate_fault(parse_certificate(read_public_key(key + "-cert.pub")->blob), "web1", year(2027));
    };
    CHECK(fault({"-n", "web1"}) == "it is not for a host");
    CHECK(fault({"-h", "-n", "web1", "-O", "critical:x=y"}) == "it has critical options, which hosts have none of");
    CHECK(fault({"-h"}).empty());
}
