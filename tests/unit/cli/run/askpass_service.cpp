// SPDX-License-Identifier: MIT
// Which of ssh's questions the hosts' password answers.
#include "cli/run/askpass_service.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/options/parse_arguments.hpp"

using namespace muster;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

cli::arguments parsed(std::vector<char const*> words) {
    words.insert(words.end(), {"-w", "a", "true"});
    return cli::parse_arguments(words, [](char const*) -> char const* { return nullptr; });
}

}  // namespace

TEST_CASE("askpass: the service is there where programs log in and an answer may be had") {
    for (std::vector<char const*> const& words :
         {std::vector<char const*>{"--transport", "ssh"}, {"--askpass", "/bin/true"}})
        CHECK(cli::serve_questions(parsed(words), {}) == nullptr);
    auto const asked = cli::serve_questions(parsed({"--transport", "ssh", "--askpass", "/bin/true"}), {});
    REQUIRE(asked != nullptr);
    auto const told = asked->answers();
    auto const link = std::filesystem::path(told.login_command);
    CHECK(std::filesystem::is_symlink(link));
    CHECK((std::filesystem::status(link.parent_path()).permissions() & std::filesystem::perms::all) ==
          std::filesystem::perms::owner_all);
    CHECK(std::ranges::find(told.environment, "SSH_ASKPASS_REQUIRE=force") != told.environment.end());
    CHECK(asked->ask_password());
}

TEST_CASE("askpass: with --password the question comes at once, and no answer ends the run") {
    std::vector<char const*> const words{"--transport", "ssh", "--password", "--askpass", "/bin/false"};
    CHECK_THROWS_MATCHES(cli::serve_questions(parsed(words), {}), error,
                         MessageMatches(ContainsSubstring("--password: no password was given")));
}

TEST_CASE("askpass: what the service has made is gone with it") {
    std::string folder;
    {
        auto const asked = cli::serve_questions(parsed({"--transport", "ssh", "--askpass", "/bin/true"}), {});
        folder = std::filesystem::path(asked->answers().login_command).parent_path();
        CHECK(std::filesystem::exists(folder + "/socket"));
    }
    CHECK(!std::filesystem::exists(folder));
}

TEST_CASE("askpass: of ssh's questions only one that names a host of the run is for the hosts' password") {
    endpoint endpoint;
    endpoint.label = "web";
    endpoint.name = "web";
    endpoint.address = "10.0.0.7";
    cli::askpass_service const service({&endpoint, 1}, {});
    auto const kind = [&](char const* question) { return service.kind_of(question); };
    CHECK(kind("me@10.0.0.7's password: ") == cli::question_kind::password);
    CHECK(kind("(me@web) Password: ") == cli::question_kind::password);
    CHECK(kind("me@bastion's password: ") == cli::question_kind::other);
    CHECK(kind("(me@bastion) Password: ") == cli::question_kind::other);
    CHECK(kind("(me@web) Verification code: ") == cli::question_kind::other);
    CHECK(kind("(me@web) New password: ") == cli::question_kind::other);
    CHECK(kind("Password: ") == cli::question_kind::other);
    CHECK(kind("Enter passphrase for key '/k': ") == cli::question_kind::passphrase);
    CHECK(kind("Are you sure you want to continue connecting (yes/no/[fingerprint])? ") ==
          cli::question_kind::host_key);
}
