// SPDX-License-Identifier: MIT
// The longest turn of the loop with every method of key exchange, with jump hosts that do harm, and with many channels
// to the agent. What servers do in a session, hostile_ssh.cpp measures. A host that works is beside each.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <muster/copy.hpp>
#include <muster/coro/time.hpp>
#include <muster/remote.hpp>

#include "ssh/support/agents.hpp"
#include "ssh/support/loop_probe.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh_config/algorithms.hpp"
#include "support/paths.hpp"
#include "support/shell_run.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> key_exchanges() {
    auto const list = ssh_config::usable_algorithms(ssh_config::algorithm_kind::key_exchange);
    std::vector<std::string> names;
    for (std::size_t position = 0; position < list.size();) {
        auto const end = std::min(list.find(',', position), list.size());
        names.emplace_back(list.substr(position, end - position));
        position = end + 1;
    }
    return names;
}

endpoint exchanging(endpoint endpoint, std::string const& method) {
    endpoint.settings.change().algorithms.key_exchange = method;
    return endpoint;
}

}  // namespace

TEST_CASE("turns: no method of key exchange keeps the loop for a tenth of a second") {
    auto const all = std::string(ssh_config::usable_algorithms(ssh_config::algorithm_kind::key_exchange));
    ssh_fleet const fleet({"h1"}, "KexAlgorithms " + all, newer_sshd);
    ssh_fleet const other;
    for (auto const& method : key_exchanges()) {
        loop_probe probe;
        auto beside = other.one();
        beside.label = "beside";
        auto const results = run_probed({exchanging(fleet.one(), method), beside}, patient(), probe);
        CAPTURE(method, results.hosts[0].error, probe.longest.count());
        CHECK(results.hosts[0].key_exchange == method);
        CHECK(results.hosts[1].out == "h1\n");
        CHECK(probe.longest < 100ms);
        note_turn("key exchange " + method, probe);
    }
}

TEST_CASE("turns: a jump host that does harm delays nobody beside it") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto const* const name =
        GENERATE("jump-silent", "jump-fills-window", "jump-no-packets", "jump-floods-window", "jump-floods-lines",
                 "jump-floods-errors", "jump-floods-answers", "jump-floods-ignore", "jump-floods-adjust",
                 "jump-floods-questions", "jump-floods-opens");
    std::vector<endpoint> where = fleet.endpoints(10);
    auto const jump = std::make_shared<endpoint const>(rogues.at(name));
    for (auto& endpoint : where) {
        endpoint.settings.change().jump = jump;
        endpoint.settings.change().connect_timeout = 1s;
    }
    where.push_back(fleet.one());
    where.back().label = "beside";
    loop_probe probe;
    auto const results = run_probed(where, patient(), probe);
    CAPTURE(name, results.hosts.front().error, probe.longest.count());
    for (std::size_t i = 0; i + 1 < where.size(); ++i) CHECK(results.hosts[i].state != final_state::ok);
    if (name == std::string_view("jump-no-packets"))
        CHECK(results.hosts.front().error.find("its packets hold no bytes") != std::string::npos);
    CHECK(results.hosts.back().out == "h1\n");
    CHECK(probe.longest < 100ms);
    note_turn(name, probe);
}

TEST_CASE("turns: hundreds of channels to the agent delay nobody beside them") {
    ssh_fleet const fleet;
    running_agent const agent(fleet.path("lent-agent"));
    for (int n = 0; n < 20; ++n) agent.add(new_key(fleet.path("lent-key" + std::to_string(n))));
    rogue_servers const rogues(fleet);
    auto const* const name =
        GENERATE("agents-by-the-hundred", "agents-with-errors", "agents-byte-by-byte", "agents-unheard");
    auto lent = rogues.at(name);
    lent.settings.change().forward_agent_socket = agent.socket();
    auto options = patient();
    options.command_timeout = 60s;
    loop_probe probe;
    auto const results = run_probed({lent, fleet.one()}, options, probe);
    CAPTURE(name, results.hosts[0].error, probe.longest.count(), probe.most_memory);
    CHECK(results.hosts[0].out == "64\n");
    CHECK(results.hosts[1].out == "h1\n");
    CHECK(probe.longest < 100ms);
    CHECK(probe.most_memory < std::size_t{4} * 1024 * 1024);
    note_turn(name, probe);
}

TEST_CASE("turns: thousands of channels to the agent, of many hosts, delay nobody beside them") {
    ssh_fleet const fleet;
    running_agent const agent(fleet.path("lent-agent"));
    agent.add(new_key(fleet.path("lent-key")));
    rogue_servers const rogues(fleet);
    auto lent = rogues.at("agents-by-the-thousand");
    lent.settings.change().forward_agent_socket = agent.socket();
    std::vector<endpoint> where(6, lent);
    for (auto& endpoint : where) endpoint.label += std::to_string(&endpoint - where.data());
    where.push_back(fleet.one());
    auto options = patient();
    options.command_timeout = 60s;
    loop_probe probe;
    auto const results = run_probed(where, options, probe);
    for (std::size_t i = 0; i + 1 < where.size(); ++i) {
        CAPTURE(i, results.hosts[i].error);
        CHECK(results.hosts[i].out == "64\n");
    }
    CHECK(results.hosts.back().out == "h1\n");
    CAPTURE(probe.longest.count(), probe.most_memory);
    CHECK(probe.longest < 100ms);
    CHECK(probe.most_memory < where.size() * 1024 * 1024);
    note_turn("agents-by-the-thousand", probe);
}

TEST_CASE("turns: a host that asks for its script again and again gets it once") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    support::test_folder const here;
    here.write("script", "#" + std::string(100'000, 'x') + "\n");
    loop_probe probe;
    job const asked(std::vector<job_step>{script_of(here.path("script"))});
    auto const results = run_probed({rogues.at("script-asked-again"), fleet.one()}, patient(), probe, asked);
    CAPTURE(results.hosts[0].error, probe.longest.count(), probe.most_memory);
    CHECK(results.hosts[0].stage == stage::push);
    CHECK(results.hosts[1].state == final_state::ok);
    CHECK(probe.longest < 100ms);
    CHECK(probe.most_memory < std::size_t{4} * 1024 * 1024);
    note_turn("script-asked-again", probe);
}

TEST_CASE("turns: a host that prints lines without end to a job's own code delays nobody beside it") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    std::size_t lines = 0;
    auto const count = [&lines](dialogue& with) -> asio::awaitable<void> {
        co_await coro::sleep_for(500ms);  // so that many lines are there
        for (auto line = co_await with.line(); line; line = co_await with.line()) ++lines;
    };
    auto const own = job_of([&](remote& host) -> asio::awaitable<void> {
        if (host.index() == 1) {
            co_await host.run(step("true"));
        } else {
            co_await host.talk(step("true"), count);
        }
    });
    loop_probe probe;
    auto const results = run_probed({rogues.at("empty-lines"), fleet.one()}, patient(), probe, own);
    CAPTURE(results.hosts[0].error, probe.longest.count(), probe.most_memory);
    CHECK(lines == 640'000);
    CHECK(results.ok());
    CHECK(probe.longest < 100ms);
    note_turn("empty-lines", probe);
}

TEST_CASE("turns: errors that nobody reads in the channel of a stop delay nobody, nor the stop") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto options = patient();
    options.linger = 300ms;
    options.command_timeout = 1s;
    loop_probe probe;
    auto const results = run_probed({rogues.at("signals-beside-errors"), fleet.one()}, options, probe);
    CAPTURE(results.hosts[0].error, probe.longest.count(), probe.most_memory);
    CHECK(results.hosts[0].state == final_state::timed_out);
    CHECK(results.hosts[1].out == "h1\n");
    CHECK(probe.longest < 100ms);
    CHECK(probe.most_memory < std::size_t{2} * 1024 * 1024);
    note_turn("signals-beside-errors", probe);
}
