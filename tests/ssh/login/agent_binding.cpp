// SPDX-License-Identifier: MIT
// Connections to the agent are bound to the host they are for (session-bind@openssh.com), our own and those of a host.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "ssh/support/agents.hpp"
#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A real agent behind one that notes what it is asked.
class recorded_agent {
  public:
    explicit recorded_agent(ssh_fleet const& fleet, std::string const& way = "known")
        : real_(fleet.path("real_agent")),
          socket_(fleet.path("agent")),
          notes_(fleet.path("notes")),
          recorder_({"/usr/bin/python3", std::string(source_dir) + "/tests/ssh/support/recording_agent.py", socket_,
                     real_.socket(), notes_, way}) {
        if (!eventually([this] { return recorder_.out() == "ready\n"; })) FAIL("no agent: " + recorder_.err());
    }

    running_agent const& real() const { return real_; }
    std::string const& socket() const { return socket_; }

    /// The notes of each connection, in the order they were made.
    std::map<int, std::vector<std::string>> connections() const {
        std::map<int, std::vector<std::string>> all;
        std::istringstream lines(read_file(notes_));
        int number = 0;
        for (std::string note; lines >> number && std::getline(lines >> std::ws, note);) all[number].push_back(note);
        return all;
    }

  private:
    running_agent real_;
    std::string socket_;
    std::string notes_;
    child recorder_;
};

/// The base64 of "ssh-ed25519 AAAA... comment".
std::string key_blob(std::string const& public_key_file) {
    auto const line = read_file(public_key_file);
    auto const begin = line.find(' ') + 1;
    return line.substr(begin, line.find_first_of(" \n", begin) - begin);
}

std::string host_key_of(ssh_fleet const& fleet) {
    return key_blob(fleet.path("server/host_key.pub"));
}

/// Logs in by an agent's key alone.
endpoint with_agent(endpoint endpoint, std::string const& key, std::string const& socket) {
    endpoint.settings.change().identities = {{key + ".pub"}};
    endpoint.settings.change().agent_socket = socket;
    return endpoint;
}

std::string authorized_key(ssh_fleet const& fleet) {
    auto key = new_key(fleet.path("agent_key"));
    fleet.authorize(key + ".pub");
    return key;
}

struct warned_run {
    report result;
    std::vector<std::string> warnings;
};

warned_run run_with_warnings(std::vector<endpoint> const& where, std::string const& command) {
    warned_run all;
    ssh::login_options logins;
    logins.warning = [&all](std::string const& text) { all.warnings.push_back(text); };
    all.result = run_on(where, command, logins, patient());
    return all;
}

}  // namespace

TEST_CASE("each login that the agent signs for has a connection of its own, bound to that host") {
    ssh_fleet const fleet({"h1", "h2"});
    recorded_agent const agent(fleet);
    auto const key = authorized_key(fleet);
    agent.real().add(key);
    auto where = fleet.endpoints(20);
    for (auto& host : where) host = with_agent(host, key, agent.socket());
    auto const run = run_with_warnings(where, "true");
    CHECK(run.result.ok());
    CHECK(run.warnings.empty());
    std::string const bound = "27 " + host_key_of(fleet) + " 0 6";
    std::vector<std::string> const login{bound, "13"};
    std::vector<std::string> const list{"11"};  // whether there is any key
    std::vector<std::string> const list_for_host{bound, "11"};
    std::size_t logins = 0;
    std::size_t lists = 0;
    for (auto const& [number, notes] : agent.connections()) {
        CHECK((notes == login || notes == list || notes == list_for_host));
        logins += notes == login ? 1 : 0;
        lists += notes == list_for_host ? 1 : 0;
    }
    CHECK(logins == where.size());
    CHECK(lists == where.size());
}

TEST_CASE("a lent agent is told of the host before the host's first request, whose answer comes whole") {
    ssh_fleet const fleet;
    recorded_agent const agent(fleet);
    auto const key = authorized_key(fleet);
    agent.real().add(key);
    auto endpoint = fleet.one();
    endpoint.settings.change().forward_agent_socket = agent.socket();
    auto const run = run_with_warnings({endpoint}, "ssh-add -L; ssh-add -L");
    CHECK(run.result.hosts[0].out == read_file(key + ".pub") + read_file(key + ".pub"));
    CHECK(run.warnings.empty());
    auto const connections = agent.connections();
    CHECK(connections.size() == 2);
    for (auto const& [number, notes] : connections)
        CHECK(notes == std::vector<std::string>{"27 " + host_key_of(fleet) + " 1 6", "11"});
}

TEST_CASE("an agent that cannot be bound is warned of once in a run, and used as before") {
    auto const way = GENERATE("refused", "unknown");
    ssh_fleet const fleet({"h1", "h2"});
    recorded_agent const agent(fleet, way);
    auto const key = authorized_key(fleet);
    agent.real().add(key);
    auto where = fleet.endpoints(4);
    for (auto& host : where) {
        host = with_agent(host, key, agent.socket());
        host.settings.change().forward_agent_socket = agent.socket();
    }
    auto const run = run_with_warnings(where, "ssh-add -L");
    CHECK(run.result.ok());
    for (auto const& host : run.result.hosts) CHECK(host.out == read_file(key + ".pub"));
    REQUIRE(run.warnings.size() == 1);
    CHECK_THAT(run.warnings[0], ContainsSubstring(agent.socket()) && ContainsSubstring("session-bind@openssh.com"));
}

TEST_CASE("an agent that nobody runs is not lent, which is said once in a run") {
    ssh_fleet const fleet({"h1", "h2"});
    auto where = fleet.endpoints(4);
    for (auto& host : where) host.settings.change().forward_agent_socket = fleet.path("nobody");
    auto const run = run_with_warnings(where, "echo ${SSH_AUTH_SOCK-none}");
    for (auto const& host : run.result.hosts) CHECK(host.out == "none\n");
    CHECK(run.warnings == std::vector<std::string>{"ForwardAgent: no agent listens at " + fleet.path("nobody") +
                                                   " (No such file or directory); none is lent"});
}

TEST_CASE("a key that is constrained to one destination logs in there, and nowhere else") {
    ssh_fleet const fleet;
    ssh_fleet const other;
    running_agent const agent(fleet.path("agent"));
    auto const key = authorized_key(fleet);
    other.authorize(key + ".pub");
    auto const known = fleet.path("destinations");
    write_file(known, "there ssh-ed25519 " + host_key_of(fleet) + "\n");
    output_of({"ssh-add", "-q", "-h", "there", "-H", known, key}, {"SSH_AUTH_SOCK=" + agent.socket()});

    auto const there = run_on(with_agent(fleet.one(), key, agent.socket()), "true", patient());
    CAPTURE(there.error);
    CHECK(ending(there) == "ok ended command 0");
    auto const elsewhere = run_on(with_agent(other.one(), key, agent.socket()), "true", patient());
    CHECK(ending(elsewhere) == "auth not_sent auth");
    CHECK_THAT(elsewhere.error, ContainsSubstring("ssh-agent holds no key that may log in to this host"));
    CHECK_THAT(elsewhere.error, !ContainsSubstring("tried"));

    auto lent = with_agent(fleet.one(), key, agent.socket());
    lent.settings.change().forward_agent_socket = agent.socket();
    CHECK_THAT(run_on(lent, "ssh-add -l 2>&1", patient()).out, ContainsSubstring("no identities"));
}
