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
#include "cli/run/ssh_question.hpp"

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
    CHECK(cli::serve_questions(parsed({"--askpass", "/bin/true"}), {}) == nullptr);
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

TEST_CASE("askpass: a host has its label, by every name that ssh may have for it") {
    endpoint endpoint;
    endpoint.label = "web";
    endpoint.name = "Web1";
    endpoint.address = "10.0.0.7";
    endpoint.settings.change().host_key_alias = "web.alias";
    cli::askpass_service const service({&endpoint, 1}, [](auto const&, auto) { return std::nullopt; });
    for (auto const* name : {"web1", "Web1", "10.0.0.7", "Web.Alias"}) CHECK(service.label_of(name) == "web");
    CHECK(service.label_of("bastion") == "bastion");
}

TEST_CASE("askpass: where nobody is to be asked ssh has who refuses its questions, and does not tell of its login") {
    auto const refuses = cli::serve_questions(parsed({"--transport", "ssh"}), {});
    REQUIRE(refuses != nullptr);
    CHECK(refuses->answers().login_command.empty());
}

TEST_CASE("askpass: what ssh asks for, and of which account") {
    using cli::question_kind;
    CHECK(cli::kind_of("me@10.0.0.7's password: ") == question_kind::password);
    CHECK(cli::kind_of("(me@web) Password: ") == question_kind::password);
    CHECK(cli::kind_of("(me@web) Verification code: ") == question_kind::code);
    CHECK(cli::kind_of("(me@web) New password: ") == question_kind::code);
    CHECK(cli::kind_of("Enter me@web's new password: ") == question_kind::code);
    CHECK(cli::kind_of("Password: ") == question_kind::other);
    CHECK(cli::kind_of("Enter PIN for 'token': ") == question_kind::pin);
    CHECK(cli::kind_of("Enter passphrase for key '/home/me@web's/k': ") == question_kind::passphrase);
    CHECK(cli::kind_of("Are you sure you want to continue connecting (yes/no/[fingerprint])? ") ==
          question_kind::host_key);
    for (auto const* question : {"me@corp@web.alias's password: ", "(me@corp@web.alias) Password: ",
                                 "Enter me@corp@web.alias's old password: "}) {
        CHECK(cli::account_in(question) == "me@corp@web.alias");
        CHECK(cli::host_in(cli::account_in(question)) == "web.alias");
    }
}
