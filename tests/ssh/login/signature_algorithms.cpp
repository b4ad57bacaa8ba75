// SPDX-License-Identifier: MIT
// What a server says of signature algorithms (server-sig-algs, RFC 8308), and logins with RSA keys.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "ssh/support/agents.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh_config/algorithms.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string new_rsa_key(ssh_fleet const& fleet) {
    return new_key(fleet.path("id_rsa"), {"-t", "rsa", "-b", "2048"});
}

/// A server of that kind, with an RSA key in a file or in an agent.
struct rsa_login {
    rsa_login(char const* server, bool by_agent) : target(rogues.at(server)) {
        auto const key = new_rsa_key(fleet);
        if (by_agent) agent.add(key);
        target.settings.change().identities = {{by_agent ? key + ".pub" : key}};
        if (by_agent) target.settings.change().agent_socket = agent.socket();
    }

    ssh_fleet fleet;
    rogue_servers rogues{fleet};
    running_agent agent{fleet.path("agent")};
    endpoint target;
};

}  // namespace

TEST_CASE("an RSA key logs in whatever the server's list of signature algorithms repeats") {
    auto const server = GENERATE("signs-as-asyncssh", "signs-rsa-1500-times");
    bool const by_agent = GENERATE(false, true);
    rsa_login const login(server, by_agent);
    auto const results = run_on({login.target, login.fleet.one()}, "true", patient());
    CAPTURE(server, by_agent, results.hosts[0].error);
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "ok ended command 0");
}

TEST_CASE("an RSA key that the server takes no signature of is skipped for the next key") {
    auto const server =
        GENERATE("signs-with-ed25519-only", "signs-with-nothing", "signs-with-commas", "signs-with-parts");
    bool const by_agent = GENERATE(false, true);
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    running_agent const agent(fleet.path("agent"));
    auto const key = new_rsa_key(fleet);
    if (by_agent) agent.add(key);
    auto endpoint = rogues.at(server);
    auto const next = endpoint.settings->identities;
    endpoint.settings.change().identities = {{by_agent ? key + ".pub" : key}};
    if (by_agent) endpoint.settings.change().agent_socket = agent.socket();
    auto alone = endpoint;
    endpoint.settings.change().identities.insert(endpoint.settings->identities.end(), next.begin(), next.end());

    auto const both = run_on(endpoint, "true", patient());
    CAPTURE(server, by_agent, both.error);
    CHECK(ending(both) == "ok ended command 0");

    auto const result = run_on(alone, "true", patient());
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("tried "));
    CHECK_THAT(result.error, ContainsSubstring("no mutual signature algorithm"));
}

namespace {

struct choice {
    char const* server;
    char const* allowed;  ///< PubkeyAcceptedAlgorithms; empty: not set
    char const* signs;
};

}  // namespace

TEST_CASE("files and agents sign with nothing that PubkeyAcceptedAlgorithms leaves out, whatever the server says") {
    auto const by_agent = GENERATE(false, true);
    auto const [server, allowed, signs] = GENERATE(
        choice{"signs-without-a-list", "", "rsa-sha2-512"},
        choice{"signs-without-a-list", "rsa-sha2-256", "rsa-sha2-256"},
        choice{"signs-without-a-list", "+ssh-rsa", "ssh-rsa"}, choice{"signs-as-told", "", "rsa-sha2-512"},
        choice{"signs-as-told", "rsa-sha2-256", "rsa-sha2-256"}, choice{"signs-as-told", "ssh-rsa", "ssh-rsa"});
    rsa_login login(server, by_agent);
    auto& endpoint = login.target;
    if (*allowed != '\0')
        endpoint.settings.change().algorithms.user_key =
            ssh_config::chosen_algorithms(ssh_config::algorithm_kind::user_key, allowed);
    auto const result = run_on(endpoint, "true", patient());
    CAPTURE(server, allowed, by_agent, result.error);
    CHECK(result.out == signs);
}

TEST_CASE("a key that the settings exclude is named with the setting") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().identities = {{new_rsa_key(fleet)}};
    endpoint.settings.change().algorithms.user_key = "ssh-ed25519";
    auto const by_type = run_on(endpoint, "true", patient());
    CHECK(ending(by_type) == "auth not_sent auth");
    CHECK_THAT(by_type.error, ContainsSubstring(" was not offered: PubkeyAcceptedAlgorithms leaves out ssh-rsa"));

    endpoint.settings.change().algorithms.user_key.clear();
    endpoint.settings.change().required_rsa_size = 8192;
    auto const by_size = run_on(endpoint, "true", patient());
    CHECK_THAT(by_size.error, ContainsSubstring("bits are less than RequiredRSASize 8192"));
}

TEST_CASE("a real server that takes ed25519 alone lets in by the next key or by password") {
    if (std::string(newer_sshd).empty()) SKIP("this system's sshd says nothing of the algorithms it takes");
    ssh_fleet const fleet({"h1"}, "PasswordAuthentication yes\nPubkeyAcceptedAlgorithms ssh-ed25519", newer_sshd);
    auto endpoint = fleet.one();
    auto const good = endpoint.settings->identities;
    endpoint.settings.change().identities = {{new_rsa_key(fleet)}};
    auto const refused = run_on(endpoint, "true", patient());
    CAPTURE(refused.error);
    CHECK(ending(refused) == "auth not_sent auth");
    CHECK_THAT(refused.error, ContainsSubstring("no mutual signature algorithm"));

    ssh::login_options logins;
    logins.asking.ask = [](std::string const&, std::stop_token) {
        return std::optional(ssh::secret_text(fleet_password));
    };
    logins.asking.password_when_wanted = true;
    auto const by_password = run_on(std::vector{endpoint}, "true", logins, patient());
    CAPTURE(by_password.hosts[0].error);
    CHECK(ending(by_password.hosts[0]) == "ok ended command 0");

    endpoint.settings.change().identities.insert(endpoint.settings->identities.end(), good.begin(), good.end());
    CHECK(ending(run_on(endpoint, "true", patient())) == "ok ended command 0");
}
