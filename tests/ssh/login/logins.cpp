// SPDX-License-Identifier: MIT
// Logging in with what the user is asked for: passphrases and passwords, on a real sshd.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <string>
#include <vector>

#include "ssh/login/credentials.hpp"
#include "ssh/login/prompts.hpp"
#include "ssh/support/agents.hpp"
#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::string_view passphrase = "open it";

/// Somebody who answers every question the same, and remembers the questions.
struct user {
    std::shared_ptr<std::vector<std::string>> asked = std::make_shared<std::vector<std::string>>();
    std::string answer;

    explicit user(std::string_view says) : answer(says) {}

    ssh::login_options with_password(bool first = true) const {
        ssh::login_options logins;
        logins.asking.ask = [asked = asked, answer = answer](std::string const& prompt, std::stop_token) {
            asked->push_back(prompt);
            return std::optional(ssh::secret_text(answer));
        };
        logins.asking.password_first = first;
        logins.asking.password_when_wanted = !first;
        return logins;
    }
    ssh::login_options logins() const {
        auto logins = with_password();
        logins.asking.password_first = false;
        return logins;
    }
};

std::string locked_key(std::string const& path, std::vector<std::string> options = {"-t", "ed25519"}) {
    options.insert(options.end(), {"-N", std::string(passphrase)});
    return new_key(path, options);
}

endpoint without_keys(endpoint endpoint) {
    endpoint.settings.change().identities.clear();
    return endpoint;
}

constexpr auto by_password = "PasswordAuthentication yes";

}  // namespace

TEST_CASE("encrypted keys of every kind log in, and each is asked for once for many hosts") {
    ssh_fleet const fleet;
    std::vector<std::vector<std::string>> const kinds = {{"-t", "ed25519"},
                                                         {"-t", "ecdsa", "-b", "384"},
                                                         {"-t", "rsa", "-b", "2048"},
                                                         {"-t", "rsa", "-b", "2048", "-m", "PEM"},
                                                         {"-t", "ecdsa", "-b", "256", "-m", "PKCS8"},
                                                         {"-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com"}};
    std::vector<endpoint> where;
    for (bool const required : {true, false}) {
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            auto const key = fleet.path("key" + std::to_string(i));
            if (required) fleet.authorize(locked_key(key, kinds[i]) + ".pub");
            for (int copy = 0; copy < 3; ++copy) {
                where.push_back(fleet.one());
                where.back().label = key + (required ? "r" : "c") + std::to_string(copy);
                where.back().settings.change().identities = {{key, required}};
            }
        }
        user const somebody(passphrase);
        auto const results = run_on(where, "true", somebody.logins());
        for (auto const& result : results.hosts) {
            CAPTURE(result.host, result.error);
            CHECK(ending(result) == "ok ended command 0");
        }
        CHECK(somebody.asked->size() == kinds.size());
        where.clear();
    }
}

TEST_CASE("an encrypted PEM key without its public half is opened before it is offered") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    auto const key = locked_key(fleet.path("pem"), {"-t", "rsa", "-b", "2048", "-m", "PEM"});
    fleet.authorize(key + ".pub");
    ::unlink((key + ".pub").c_str());
    endpoint.settings.change().identities = {{key, false}};
    user const somebody(passphrase);
    CHECK(run_on({endpoint}, "true", somebody.logins()).ok());
    CHECK(*somebody.asked == std::vector<std::string>{"Enter passphrase for key '" + key + "': "});
}

TEST_CASE("a wrong passphrase of a key that was asked for stops the run before it begins, after three questions") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().identities = {{locked_key(fleet.path("locked")), true}};
    auto const before = fleet.settled_log();
    user const somebody("wrong");
    try {
        run_on({endpoint}, "echo never", somebody.logins());
        FAIL("it ran");
    } catch (ssh::credentials_error const& error) {
        CHECK_THAT(error.what(), ContainsSubstring(fleet.path("locked") + " is encrypted"));
    }
    CHECK(somebody.asked->size() == 3);
    CHECK(fleet.log() == before);
}

TEST_CASE("a key from the configuration is asked for only when a server wants its signature") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    auto const right = endpoint.settings->identities.front();
    auto const locked = locked_key(fleet.path("locked"));
    user const somebody("wrong");
    endpoint.settings.change().identities = {{locked, false}, right};
    CHECK(run_on({endpoint}, "true", somebody.logins()).ok());
    CHECK(somebody.asked->empty());
    fleet.authorize(locked + ".pub");
    endpoint.settings.change().identities = {right, {locked, false}};
    CHECK(run_on({endpoint}, "true", somebody.logins()).ok());
    CHECK(somebody.asked->empty());
    endpoint.settings.change().identities = {{locked, false}, right};
    CHECK(run_on({endpoint}, "true", somebody.logins()).ok());  // after three wrong answers, with the other key
    CHECK(somebody.asked->size() == 3);
}

TEST_CASE("a key that the agent holds is never asked for") {
    ssh_fleet const fleet;
    auto const locked = locked_key(fleet.path("locked"));
    fleet.authorize(locked + ".pub");
    running_agent const agent(fleet.path("agent"));
    auto const open = fleet.path("opened");
    output_of({"cp", locked, open});
    output_of({"ssh-keygen", "-q", "-p", "-P", std::string(passphrase), "-N", "", "-f", open});
    agent.add(open);
    user const somebody(passphrase);
    for (bool const required : {true, false}) {
        auto endpoint = fleet.one();
        endpoint.settings.change().identities = {{locked, required}};
        endpoint.settings.change().agent_socket = agent.socket();
        CHECK(run_on({endpoint}, "true", somebody.logins()).ok());
    }
    CHECK(somebody.asked->empty());
}

TEST_CASE("an encrypted key when nobody can be asked is named with the way out") {
    ssh_fleet const fleet;
    auto const locked = locked_key(fleet.path("locked"));
    fleet.authorize(locked + ".pub");
    auto endpoint = fleet.one();
    endpoint.settings.change().identities = {{locked, true}};
    auto const words = ContainsSubstring(locked + " is encrypted; use ssh-agent or --askpass");
    CHECK_THROWS_WITH(run_on(endpoint, "echo never"), words);  // named with -i: no host is contacted
    auto const check = [&](host_result const& result) {
        CHECK(ending(result) == "auth not_sent auth");
        CHECK_THAT(result.error, words);
    };
    endpoint.settings.change().identities.front().required = false;
    check(run_on(endpoint, "echo never"));
    endpoint.settings.change().identities.front().required = true;
    endpoint.settings.change().batch_mode = true;
    user const somebody(passphrase);
    check(run_on({endpoint}, "echo never", somebody.logins()).hosts.front());
    CHECK(somebody.asked->empty());
}

TEST_CASE("a password is asked for once and logs in to many hosts") {
    ssh_fleet const fleet({"h1", "h2"}, by_password);
    auto many = fleet.endpoints(12);
    for (auto& endpoint : many) endpoint.settings.change().identities.clear();
    for (bool const first : {true, false}) {
        user const somebody(fleet_password);
        auto const results = run_on(many, "true", somebody.with_password(first));
        for (auto const& result : results.hosts) CHECK(ending(result) == "ok ended command 0");
        CHECK(*somebody.asked ==
              std::vector<std::string>{"Password for 12 hosts (n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11): "});
    }
}

TEST_CASE("a jump host gets a password of its own, and is named in the question") {
    ssh_fleet const fleet({"h1", "h2"}, by_password);
    auto both = fleet.endpoints();
    for (auto& host : both) host.settings.change().identities.clear();
    auto target = both[1];
    target.settings.change().jump = std::make_shared<endpoint const>(both[0]);
    std::vector<std::string> asked;
    ssh::login_options logins;
    logins.asking.ask = [&asked](std::string const& prompt, std::stop_token) {
        asked.push_back(prompt);
        bool const for_jump = prompt == "Password for the jump host h1: ";
        return std::optional(ssh::secret_text(for_jump ? fleet_password : std::string_view("of the targets")));
    };
    logins.asking.password_when_wanted = true;
    auto const result = run_on({target}, "true", logins, patient()).hosts.front();
    CHECK(ending(result) == "auth not_sent auth");
    CHECK(asked == std::vector<std::string>{"Password for the jump host h1: ", "Password for h2: "});
    CHECK(fleet.log().find("Failed password") == fleet.log().rfind("Failed password"));

    asked.clear();  // the jump host is one of the targets: they have one password
    user const somebody(fleet_password);
    CHECK(run_on({both[0], target}, "true", somebody.with_password(false), patient()).ok());
    CHECK(*somebody.asked == std::vector<std::string>{"Password for 2 hosts (h1, h2): "});
}

TEST_CASE("a question for the password of many hosts names some, and their number") {
    std::vector<endpoint> where(5000);
    for (std::size_t i = 0; i < where.size(); ++i) where[i].label = "web" + std::to_string(i) + "\x1b[2J";
    auto const question = ssh::password_targets(where).question();
    CHECK(question.starts_with("Password for 5000 hosts (web0\\x1b[2J, web1\\x1b[2J, "));
    CHECK(question.ends_with(", ...): "));
    CHECK(question.size() < 300);
}

TEST_CASE("PAM's question for the password is answered by keyboard-interactive, alone and after a key") {
    std::string const by_pam = "UsePAM yes\nKbdInteractiveAuthentication yes";
    ssh_fleet const alone({"h1"}, by_pam);
    auto endpoint = without_keys(alone.one());
    user const somebody(fleet_password);
    user const stranger("wrong");
    CHECK(run_on({endpoint}, "true", somebody.with_password()).ok());
    CHECK_THAT(alone.log(), ContainsSubstring("Accepted keyboard-interactive/pam"));
    CHECK(ending(run_on({endpoint}, "echo never", stranger.with_password()).hosts.front()) == "auth not_sent auth");

    ssh_fleet const both({"h1"}, by_pam + "\nAuthenticationMethods publickey,keyboard-interactive");
    CHECK(run_on({both.one()}, "true", somebody.with_password()).ok());
    auto const result = run_on(both.one(), "echo never");
    CHECK_THAT(result.error, ContainsSubstring("permission denied (keyboard-interactive); tried key (accepted"));
}

TEST_CASE("a password is not asked for when no server wants one, nor in batch mode") {
    ssh_fleet const fleet({"h1"}, by_password);
    user const somebody(fleet_password);
    CHECK(run_on({fleet.one()}, "true", somebody.with_password(false)).ok());
    auto endpoint = without_keys(fleet.one());
    endpoint.settings.change().batch_mode = true;
    CHECK(ending(run_on({endpoint}, "true", somebody.with_password(false)).hosts.front()) == "auth not_sent auth");
    CHECK(somebody.asked->empty());
}

TEST_CASE("a wrong password is tried once and named") {
    ssh_fleet const fleet({"h1"}, by_password);
    auto endpoint = without_keys(fleet.one());
    endpoint.settings.change().identities = {{new_key(fleet.path("wrong_key")), true}};
    user const somebody("wrong");
    auto const result = run_on({endpoint}, "echo never", somebody.with_password()).hosts.front();
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("permission denied (publickey,password); tried wrong_key, password"));
    CHECK(fleet.log().find("Failed password") == fleet.log().rfind("Failed password"));
}

TEST_CASE("no password where one was to be asked for stops the run before it begins") {
    ssh_fleet const fleet({"h1"}, by_password);
    user const silent("");
    CHECK_THROWS_AS(run_on({fleet.one()}, "true", silent.with_password()), ssh::credentials_error);
    ssh::login_options nobody;
    nobody.asking.password_first = true;
    CHECK_THROWS_AS(run_on({fleet.one()}, "true", nobody), ssh::credentials_error);
}

TEST_CASE("a server that would take a password which it did not get is told as such") {
    ssh_fleet const fleet({"h1"}, std::string(by_password) + "\nPubkeyAuthentication no");
    auto endpoint = without_keys(fleet.one());
    auto const only_password = run_on(endpoint, "true").error;
    CHECK_THAT(only_password, ContainsSubstring("permission denied (password); no password: use --password"));
    endpoint.settings.change().batch_mode = true;
    CHECK_THAT(run_on(endpoint, "true").error, ContainsSubstring("; BatchMode asks for no password"));
    endpoint.settings.change().batch_mode = false;
    user const silent("");
    auto const unanswered = run_on({endpoint}, "true", silent.with_password(false));
    CHECK_THAT(unanswered.hosts.at(0).error, ContainsSubstring("; no password was given"));

    ssh_fleet const both({"h1"}, by_password);
    endpoint = both.one();
    endpoint.settings.change().identities = {{new_key(both.path("wrong_key")), true}};
    CHECK_THAT(run_on(endpoint, "true").error,
               ContainsSubstring("; tried wrong_key; no ssh-agent; no password: use --password"));
}

TEST_CASE("a server that takes no password is named where there is one, and no key is missed where none was wanted") {
    ssh_fleet const fleet({"h1"});
    auto endpoint = fleet.one();
    endpoint.settings.change().auth_methods = {auth_method::password};
    user const somebody(fleet_password);
    auto const error = run_on({endpoint}, "true", somebody.with_password()).hosts.front().error;
    CHECK_THAT(error, ContainsSubstring("permission denied (publickey); the server takes no password; as "));
    CHECK_THAT(error, !ContainsSubstring("ssh-agent"));
}

TEST_CASE("the order of the methods is the endpoint's") {
    ssh_fleet const fleet({"h1"}, by_password);
    auto endpoint = fleet.one();
    user const somebody(fleet_password);
    endpoint.settings.change().auth_methods = {auth_method::password, auth_method::publickey};
    CHECK(run_on({endpoint}, "true", somebody.with_password()).ok());
    CHECK_THAT(fleet.log(), ContainsSubstring("Accepted password"));
    CHECK_THAT(fleet.log(), !ContainsSubstring("Accepted publickey"));
    endpoint.settings.change().auth_methods = {auth_method::publickey, auth_method::password};
    CHECK(run_on({endpoint}, "true", somebody.with_password()).ok());
    CHECK_THAT(fleet.log(), ContainsSubstring("Accepted publickey"));
    endpoint.settings.change().auth_methods = {auth_method::password};
    CHECK_THAT(run_on(endpoint, "true").error, ContainsSubstring("no password: use --password"));
}

TEST_CASE("a key and then a password, where the server wants both") {
    ssh_fleet const fleet({"h1"}, std::string(by_password) + "\nAuthenticationMethods publickey,password");
    user const somebody(fleet_password);
    CHECK(run_on({fleet.one()}, "true", somebody.with_password()).ok());
    auto const result = run_on(fleet.one(), "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("permission denied (password); tried key (accepted, but not enough)"));
}

TEST_CASE("a password and then a key, and two keys") {
    user const somebody(fleet_password);
    ssh_fleet const first({"h1"}, std::string(by_password) + "\nAuthenticationMethods password,publickey");
    CHECK(run_on({first.one()}, "true", somebody.with_password()).ok());

    ssh_fleet const second({"h1"}, "AuthenticationMethods publickey,publickey");
    auto endpoint = second.one();
    CHECK(ending(run_on(endpoint, "true")) == "auth not_sent auth");
    endpoint.settings.change().identities.push_back({new_key(second.path("another")), true});
    second.authorize(second.path("another.pub"));
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

TEST_CASE("what a server says before the login is told when it is asked for") {
    scratch_folder const folder;
    write_file(folder.path("banner"), "Authorized use only\n");
    ::chmod(folder.path().c_str(), 0755);
    ssh_fleet const fleet({"h1"}, "Banner " + folder.path("banner"));
    std::string heard;
    ssh::login_options logins;
    logins.banner = [&heard](std::string const& host, std::string const& text) { heard += host + ": " + text; };
    auto const results = run_on({fleet.one()}, "echo out", logins);
    CHECK(results.ok());
    CHECK(heard == "h1: Authorized use only\n");
}
