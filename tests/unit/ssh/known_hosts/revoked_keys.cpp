// SPDX-License-Identifier: MIT
// RevokedHostKeys: lists that ssh-keygen makes and judges, and files of plain keys.
#include "ssh/known_hosts/revoked_keys.hpp"

#include "ssh/keys/public_key_file.hpp"
#include "support/sandbox.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace muster::ssh;
using muster::test::run_program;
using muster::test::sandbox;

namespace {

bytes blob_of(std::string const& path) {
    auto const key = read_public_key(path);
    REQUIRE(key);
    return key->blob;
}

bool refuses(std::string_view content) {
    try {
        revoked_keys::parse(content, "list");
    } catch (revoked_keys_error const&) {
        return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a list revokes the keys that ssh-keygen -Q says it revokes") {
    sandbox const box;
    auto const bad = box.key("bad", {"-t", "ed25519"});
    auto const good = box.key("good", {"-t", "ed25519"});
    auto const fingerprint = run_program({"ssh-keygen", "-l", "-f", bad}).out;
    auto const hash = fingerprint.substr(fingerprint.find("SHA256:"), 50);
    std::string const how = GENERATE("key", "sha1", "hash", "text");
    auto const list = box.file("list");
    if (how == "text") {
        box.write("list", "# lost\n\n  " + box.read("bad.pub"));
    } else {
        std::string rule = how + ": ";
        if (how == "hash")
            rule += hash;
        else
            rule += box.read("bad.pub");
        auto const made = run_program({"ssh-keygen", "-q", "-k", "-f", list, box.write("rules", rule + "\n")});
        INFO(made.out);
        REQUIRE(made.status == 0);
        CHECK(run_program({"ssh-keygen", "-Q", "-f", list, bad}).status != 0);
        CHECK(run_program({"ssh-keygen", "-Q", "-f", list, good}).status == 0);
    }
    INFO(how);
    auto const revoked = revoked_keys::read(list);
    CHECK(revoked.contains(blob_of(bad)));
    CHECK_FALSE(revoked.contains(blob_of(good)));
    CHECK_FALSE(revoked_keys().contains(blob_of(bad)));
}

TEST_CASE("a list that can't be understood as a whole is an error, for it might revoke anything") {
    sandbox const box;
    auto const bad = box.key("bad", {"-t", "ed25519"});
    REQUIRE(run_program({"ssh-keygen", "-q", "-k", "-f", box.file("list"), bad + ".pub"}).status == 0);
    auto const list = box.read("list");
    CHECK_FALSE(refuses(list));
    for (std::size_t size = 1; size < list.size(); ++size) {
        bool const ends_between_sections = size == 44;
        CHECK(refuses(list.substr(0, size)) != ends_between_sections);
    }
    auto other_version = list;
    other_version[11] = 2;
    CHECK(refuses(other_version));
    auto other_section = list;
    other_section[44] = 77;
    CHECK(refuses(other_section));
    CHECK(refuses("garbage\n"));
    CHECK_THROWS_AS(revoked_keys::read(box.file("absent")), revoked_keys_error);
}
