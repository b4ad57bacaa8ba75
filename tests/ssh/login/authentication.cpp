// SPDX-License-Identifier: MIT
// Logging in to a real sshd with keys from files and from a real ssh-agent.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ssh/login/credentials.hpp"
#include "ssh/support/agents.hpp"
#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct key_kind {
    std::string name;
    std::vector<std::string> options;
};

std::vector<key_kind> const& key_kinds() {
    static std::vector<key_kind> const all = {
        {"rsa", {"-t", "rsa", "-b", "2048"}},       {"rsa_pem", {"-t", "rsa", "-b", "3072", "-m", "PEM"}},
        {"ecdsa256", {"-t", "ecdsa", "-b", "256"}}, {"ecdsa384", {"-t", "ecdsa", "-b", "384"}},
        {"ecdsa521", {"-t", "ecdsa", "-b", "521"}}, {"ed25519", {"-t", "ed25519"}},
    };
    return all;
}

/// A fleet of one host that lets a key of each kind log in.
struct house {
    ssh_fleet fleet;
    std::vector<std::string> keys;

    house() {
        for (auto const& kind : key_kinds()) {
            keys.push_back(new_key(fleet.path("key_" + kind.name), kind.options));
            fleet.authorize(keys.back() + ".pub");
        }
    }
    endpoint with(std::vector<identity_file> identities) const {
        auto endpoint = fleet.one();
        endpoint.settings.change().identities = std::move(identities);
        return endpoint;
    }
};

}  // namespace

TEST_CASE("keys of every kind in files log in") {
    house const home;
    std::vector<endpoint> where;
    for (auto const& key : home.keys) {
        where.push_back(home.with({{key, true}}));
        where.back().label = key;
    }
    auto const results = run_on(where, "true");
    for (auto const& result : results.hosts) {
        CAPTURE(result.host, result.error);
        CHECK(ending(result) == "ok ended command 0");
    }
}

TEST_CASE("keys of every kind in an agent log in, many hosts at once over it") {
    house const home;
    running_agent const agent(home.fleet.path("agent"));
    std::vector<endpoint> where;
    for (auto const& key : home.keys) {
        agent.add(key);
        auto endpoint = home.with({{key + ".pub", true}});  // names the key, so that each takes its turn
        endpoint.settings.change().identities_only = true;
        endpoint.settings.change().agent_socket = agent.socket();
        for (int i = 0; i < 10; ++i) {
            endpoint.label = key + std::to_string(i);
            where.push_back(endpoint);
        }
    }
    for (auto const& key : home.keys) ::unlink(key.c_str());
    options options;
    options.connect_timeout = patience;
    auto const results = run_on(where, "true", options);
    for (auto const& result : results.hosts) {
        CAPTURE(result.host, result.error);
        CHECK(ending(result) == "ok ended command 0");
    }
}

TEST_CASE("security keys in an agent log in") {
    ssh_fleet const fleet;
    auto const socket = fleet.path("agent");
    child const agent({"/usr/bin/python3", "-W", "ignore",
                       std::string(source_dir) + "/tests/ssh/support/security_key_agent.py", socket, fleet.path("")});
    if (!eventually([&] { return agent.out() == "ready\n"; })) FAIL("no agent: " + agent.err());
    std::vector<endpoint> where;
    for (auto const* const name : {"ed25519_sk", "ecdsa_sk"}) {
        auto const key = fleet.path(std::string(name) + ".pub");
        fleet.authorize(key);
        auto endpoint = fleet.one();
        endpoint.settings.change().identities = {{key, true}};
        endpoint.settings.change().identities_only = true;
        endpoint.settings.change().agent_socket = socket;
        for (int i = 0; i < 5; ++i) {
            endpoint.label = name + std::to_string(i);
            where.push_back(endpoint);
        }
    }
    auto const results = run_on(where, "true");
    for (auto const& result : results.hosts) {
        CAPTURE(result.host, result.error);
        CHECK(ending(result) == "ok ended command 0");
    }
}

TEST_CASE("a key that is not let in is named in the error, and no command is sent") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().identities = {{new_key(fleet.path("wrong_key")), true}};
    auto const result = run_on(endpoint, "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("permission denied (publickey); tried wrong_key"));
}

TEST_CASE("what was left out of the configuration is named where a login or a host key fails") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().login_note = "muster leaves out PKCS11Provider (config:1)";
    endpoint.settings.change().host_key_note = "muster leaves out VerifyHostKeyDNS (config:2)";
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    auto strange = endpoint;
    strange.settings.change().user_known_hosts.clear();
    CHECK_THAT(run_on(strange, "echo never").error, ContainsSubstring(endpoint.settings->host_key_note));
    endpoint.settings.change().identities = {{new_key(fleet.path("wrong_key")), true}};
    CHECK_THAT(run_on(endpoint, "echo never").error, ContainsSubstring("; " + endpoint.settings->login_note));
}

TEST_CASE("the agent's keys that were tried are named, too") {
    ssh_fleet const fleet;
    running_agent const agent(fleet.path("agent"));
    agent.add(new_key(fleet.path("one")));
    agent.add(new_key(fleet.path("two")));
    auto endpoint = fleet.one();
    endpoint.settings.change().identities = {{new_key(fleet.path("three")), true}};
    endpoint.settings.change().agent_socket = agent.socket();
    auto const result = run_on(endpoint, "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("tried agent:1, agent:2, three"));
}

TEST_CASE("no key at all is told as such") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().identities.clear();
    auto const result = run_on(endpoint, "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("no key to offer"));
    running_agent const agent(fleet.path("agent"));
    endpoint.settings.change().agent_socket = agent.socket();
    CHECK_THAT(run_on(endpoint, "echo never").error, ContainsSubstring("; ssh-agent holds no key"));
}

TEST_CASE("too many keys for the server are an authentication failure that names the cause") {
    ssh_fleet const fleet({"h1"}, "MaxAuthTries 3");
    running_agent const agent(fleet.path("agent"));
    for (int i = 0; i < 5; ++i) agent.add(new_key(fleet.path("key" + std::to_string(i))));
    auto endpoint = fleet.one();
    endpoint.settings.change().agent_socket = agent.socket();
    auto const result = run_on(endpoint, "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("Too many authentication failures"));
    endpoint.settings.change().identities_only = true;
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

TEST_CASE("an agent that is not there or says nothing does not keep files from logging in") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().agent_socket = fleet.path("no_such_socket");
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");

    silent_agent const silent(fleet.path("silent"));
    auto many = fleet.endpoints(6);
    for (std::size_t i = 0; i < 3; ++i) many[i].settings.change().agent_socket = fleet.path("silent");
    many[0].settings.change().identities.clear();
    for (auto& item : many)
        item.settings.change().connect_timeout = 2s;  // whose clock stands while the agent is waited for
    std::string ended;
    auto const results = run_on(many, "true", {}, [&](event const& event) {
        if (auto const* const end = std::get_if<events::host_ended>(&event)) ended += std::to_string(end->index);
    });
    CHECK(ending(results.hosts[0]) == "auth not_sent auth");
    CHECK_THAT(results.hosts[0].error, ContainsSubstring("ssh-agent") && ContainsSubstring("does not answer"));
    for (std::size_t i = 1; i < many.size(); ++i) CHECK(ending(results.hosts[i]) == "ok ended command 0");
    CHECK(ended.find_first_of("012") == 3);  // the others first
}

TEST_CASE("an agent that has nothing to give is not asked") {
    ssh_fleet const fleet;
    silent_agent const silent(fleet.path("silent"));
    auto endpoint = fleet.one();
    endpoint.settings.change().agent_socket = fleet.path("silent");
    endpoint.settings.change().identities_only = true;
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    CHECK_FALSE(silent.is_asked());
    endpoint.settings.change().identities_only = false;
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    CHECK(silent.is_asked());
}

TEST_CASE("an agent that dies leaves the files") {
    ssh_fleet const fleet;
    std::string socket;
    {
        running_agent const agent(fleet.path("agent"));
        socket = agent.socket();
    }
    auto endpoint = fleet.one();
    endpoint.settings.change().agent_socket = socket;
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

TEST_CASE("key files that can't be used stop the run before it begins, if they were asked for") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    auto const right = endpoint.settings->identities;
    auto const refused = [&](std::string const& file, std::string const& words) {
        endpoint.settings.change().identities = {{file, true}};
        try {
            run_on(endpoint, "echo never");
            FAIL("it ran with " + file);
        } catch (ssh::credentials_error const& error) {
            CHECK_THAT(error.what(), ContainsSubstring(words));
        }
        endpoint.settings.change().identities = right;
        endpoint.settings.change().identities.push_back({file, false});
        CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    };
    refused(fleet.path("missing"), "missing");
    refused(fleet.path("server"), "server");
    write_file(fleet.path("garbage"), "no key\n");
    ::chmod(fleet.path("garbage").c_str(), 0600);
    refused(fleet.path("garbage"), "garbage");
    auto const open = new_key(fleet.path("open"));
    ::chmod(open.c_str(), 0644);
    refused(open, "0644");
}

TEST_CASE("a key file that others may read is not used") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    ::chmod(endpoint.settings->identities.front().path.c_str(), 0644);
    endpoint.settings.change().identities.front().required = false;
    auto const result = run_on(endpoint, "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("0644"));
}
