// SPDX-License-Identifier: MIT
// Hosts behind jump hosts, with real servers.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

std::shared_ptr<endpoint const> jump_over(endpoint target, std::string label,
                                          std::shared_ptr<endpoint const> before = nullptr) {
    target.label = std::move(label);
    target.settings.change().jump = std::move(before);
    return std::make_shared<endpoint const>(std::move(target));
}

std::vector<endpoint> behind(std::vector<endpoint> hosts, std::shared_ptr<endpoint const> const& jump) {
    for (auto& host : hosts) host.settings.change().jump = jump;
    return hosts;
}

endpoint behind(endpoint item, std::shared_ptr<endpoint const> jump) {
    item.settings.change().jump = std::move(jump);
    return item;
}

std::size_t logins(ssh_fleet const& fleet) {
    std::istringstream log(read_file(fleet.path("server/log")));
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);) count += line.find("Accepted publickey") != line.npos;
    return count;
}

/// The server's processes that serve a connection.
std::vector<pid_t> children_of(pid_t parent) {
    std::ifstream list("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
    std::vector<pid_t> found;
    for (pid_t pid = 0; list >> pid;) found.push_back(pid);
    return found;
}

/// Resets every connection of the fleet's server, as a host that goes down does.
void kill_connections(ssh_fleet const& fleet) {
    for (pid_t const child : children_of(fleet.listener())) {
        for (pid_t const grandchild : children_of(child)) ::kill(grandchild, SIGKILL);
        ::kill(child, SIGKILL);
    }
}

}  // namespace

TEST_CASE("hosts behind two jump hosts, each with a key of its own, over one connection to each") {
    ssh_fleet const first({"first"});
    ssh_fleet const second({"second"});
    ssh_fleet const targets({"t1", "t2", "t3"});
    auto const way = jump_over(second.one(), "second", jump_over(first.one(), "first"));
    auto const results = run_on(behind(targets.endpoints(12), way), "echo $NODE; echo no >&2; exit 3");
    for (auto const& host : results.hosts) {
        CAPTURE(host.error);
        CHECK(ending(host) == "failed ended command 3");
        CHECK(host.err == "no\n");
    }
    CHECK(results.hosts[1].out == "t2\n");
    CHECK(logins(first) == 1);
    CHECK(logins(second) == 1);
    CHECK(logins(targets) == 12);
}

TEST_CASE("the key of every host on the way is checked, and the error says whose it is") {
    ssh_fleet const first({"first"});
    ssh_fleet const second({"second"});
    ssh_fleet const targets({"target"});
    auto const wrong = [&](endpoint endpoint) {
        endpoint.settings.change().user_known_hosts = {second.path("none-of-these")};
        return endpoint;
    };
    auto const through = jump_over(second.one(), "second", jump_over(first.one(), "first"));

    auto const at_first =
        behind(targets.endpoints(3), jump_over(second.one(), "second", jump_over(wrong(first.one()), "first")));
    for (auto const& result : run_on(at_first, "true").hosts) {
        CHECK(ending(result) == "host_key not_sent host_key");
        CHECK_THAT(result.error, ContainsSubstring("jump host first: unknown host key"));
    }
    auto const at_second =
        behind(targets.one(), jump_over(wrong(second.one()), "second", jump_over(first.one(), "first")));
    auto result = run_on(at_second, "true");
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK_THAT(result.error, ContainsSubstring("jump host second: via first: unknown host key"));

    result = run_on(behind(wrong(targets.one()), through), "true");
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK_THAT(result.error, ContainsSubstring("via second: unknown host key"));
    CHECK(logins(targets) == 0);
}

TEST_CASE("every host on the way is logged in to with its own keys") {
    ssh_fleet const jump({"jump"});
    ssh_fleet const targets({"target"});
    auto swapped = jump.one();
    swapped.settings.change().identities = targets.one().settings->identities;
    for (auto const& result : run_on(behind(targets.endpoints(20), jump_over(swapped, "jump")), "true").hosts) {
        CHECK(ending(result) == "auth not_sent auth");
        CHECK_THAT(result.error, ContainsSubstring("jump host jump: permission denied"));
    }
    auto const log = read_file(jump.path("server/log"));
    CHECK(log.find("Connection closed by authenticating user") ==
          log.rfind("Connection closed by authenticating user"));
    auto target = targets.one();
    target.settings.change().identities = jump.one().settings->identities;
    auto const result = run_on(behind(target, jump_over(jump.one(), "jump")), "true");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK_THAT(result.error, ContainsSubstring("via jump: permission denied"));
}

TEST_CASE("a jump host that lets nobody through, or can't get there, says so") {
    ssh_fleet const targets({"target"});
    ssh_fleet const closed({"jump"}, "AllowTcpForwarding no");
    auto result = run_on(behind(targets.one(), jump_over(closed.one(), "jump")), "true");
    CHECK(ending(result) == "unreachable not_sent connect");
    CHECK_THAT(result.error, ContainsSubstring("via jump: it does not let us connect to 127."));
    CHECK_THAT(result.error, ContainsSubstring("AllowTcpForwarding"));

    auto const all = targets.endpoints(2);
    ssh_fleet const picky({"jump"}, "PermitOpen " + all[0].address + ":" + std::to_string(all[0].port));
    auto other = all[1];
    closed_port const nobody;
    other.port = nobody.port();
    auto const some = behind({all[0], other}, jump_over(picky.one(), "jump"));
    auto const results = run_on(some, "true");
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK_THAT(results.hosts[1].error, ContainsSubstring("it does not let us connect to"));

    ssh_fleet const open({"jump"});
    result = run_on(behind(other, jump_over(open.one(), "jump")), "true");
    CHECK(ending(result) == "unreachable not_sent connect");
    CHECK_THAT(result.error, ContainsSubstring("via jump: it can't connect to 127."));

    auto unreachable = open.one();
    unreachable.port = nobody.port();
    result = run_on(behind(other, jump_over(unreachable, "jump")), "true");
    CHECK(ending(result) == "unreachable not_sent connect");
    CHECK_THAT(result.error, ContainsSubstring("jump host jump: Connection refused"));
}

TEST_CASE("a jump host that does not answer names the one before it, and what carries its connection") {
    ssh_fleet const first({"first"});
    tcp_server const silent([](peer const& to) { to.receive_all(); });
    auto hangs = at_port(first.one(), "hangs", silent.port());
    hangs.settings.change().connect_timeout = 1s;
    auto result = run_on(behind(first.one(), jump_over(hangs, "hangs", jump_over(first.one(), "first"))), "true");
    CHECK(ending(result) == "timed_out not_sent banner");
    CHECK(result.error == "jump host hangs: via first: no answer within its limit (ConnectTimeout), stage banner");

    hangs.settings.change().proxy_command = "sh -c 'echo waiting >&2; exec sleep 50'";
    result = run_on(behind(first.one(), jump_over(hangs, "hangs")), "true");
    CHECK(result.error ==
          "jump host hangs: no answer within its limit (ConnectTimeout), stage banner; ProxyCommand: waiting");
}

TEST_CASE("hosts on a jump host that goes down are lost, and later ones connect to it anew") {
    ssh_fleet const jump({"jump"});
    ssh_fleet const targets({"target"});
    options options;
    options.fanout = 3;
    std::size_t ready = 0;
    bool killed = false;
    auto const hear = [&](event const& event) {
        bool const output = std::holds_alternative<events::output>(event);
        if (killed || !output || ++ready < 3) return;
        killed = true;
        kill_connections(jump);
    };
    auto const command = "echo ready; test -e " + targets.path("go") + " || sleep 1000";
    std::jthread const opener([&] {  // for those who come after the first three
        while (logins(jump) < 2) std::this_thread::sleep_for(10ms);
        write_file(targets.path("go"), "");
    });
    auto const results = run_on(behind(targets.endpoints(6), jump_over(jump.one(), "jump")), command, options, hear);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(ending(results.hosts[i]) == "lost unknown command");
        CHECK_THAT(results.hosts[i].error, ContainsSubstring("the connection to the jump host jump was lost"));
    }
    for (std::size_t i = 3; i < 6; ++i) {
        CAPTURE(results.hosts[i].error);
        CHECK(results.hosts[i].command == command_fate::ended);
    }
    CHECK(logins(jump) == 2);
    for (pid_t const pid : targets.commands()) ::kill(pid, SIGKILL);
}

TEST_CASE("a hundred hosts behind a server that takes ten connections at a time") {
    ssh_fleet const jump({"jump"}, "MaxStartups 10:30:100");
    ssh_fleet const targets({"t1", "t2"}, "MaxStartups 10:30:100");
    options options;
    options.fanout = 100;
    auto const results = run_on(behind(targets.endpoints(100), jump_over(jump.one(), "jump")), "echo $NODE", options);
    for (auto const& host : results.hosts) {
        CAPTURE(host.error);
        CHECK(ending(host) == "ok ended command 0");
    }
    CHECK(logins(jump) == 1);
}

TEST_CASE("a host that is turned away comes back") {
    ssh_fleet const jump({"jump"});
    ssh_fleet const targets({"target"}, "MaxStartups 1:90:2");
    options options;
    options.fanout = 20;
    auto const results = run_on(behind(targets.endpoints(20), jump_over(jump.one(), "jump")), "true", options);
    for (auto const& host : results.hosts) {
        CAPTURE(host.error);
        CHECK(ending(host) == "ok ended command 0");
    }
}

/// Eight attempts take more than ten seconds, as their pauses grow.
TEST_CASE("a host that is turned away does not come back beyond its connect limit") {
    ssh_fleet const jump({"jump"});
    std::atomic<int> attempts = 0;
    tcp_server const closing([&](peer const&) { ++attempts; });
    auto const target = at_port(jump.one(), "target", closing.port());
    options options;
    options.connect_timeout = 2s;
    auto const result = run_on(behind(target, jump_over(jump.one(), "jump")), "true", options);
    CHECK(ending(result) == "unreachable not_sent banner");
    CHECK_THAT(result.error, ContainsSubstring("via jump: "));
    CHECK(attempts >= 2);
    CHECK(attempts < 8);
}

TEST_CASE("20 MB through two jump hosts come as they were sent") {
    ssh_fleet const first({"first"}, "RekeyLimit 2M");
    ssh_fleet const second({"second"});
    ssh_fleet const targets({"target"});
    auto const way = jump_over(second.one(), "second", jump_over(first.one(), "first"));
    options options;
    options.keep_output = 64u << 20u;
    auto const results = run_on(behind(targets.endpoints(2), way), "seq 1 2700000", options);
    std::string expected;
    for (int i = 1; i <= 2'700'000; ++i) expected += std::to_string(i) + '\n';
    for (auto const& host : results.hosts) {
        CAPTURE(host.error);
        CHECK(ending(host) == "ok ended command 0");
        CHECK(host.out.size() == expected.size());
        CHECK((host.out == expected));
    }
}

TEST_CASE("output neither stands still nor is cut where both sides change keys all the time") {
    bool const all = std::getenv("MUSTER_LONG") != nullptr;
    std::string const rekeying = "RekeyLimit 512K";
    ssh_fleet const first({"first"}, rekeying);
    ssh_fleet const second({"second"}, rekeying);
    ssh_fleet const targets({"target"}, rekeying);
    auto renewing = [](endpoint endpoint) {
        endpoint.settings.change().rekey.bytes = 512 * 1024;
        return endpoint;
    };
    auto const way = jump_over(renewing(second.one()), "second", jump_over(renewing(first.one()), "first"));
    auto hosts = behind(targets.endpoints(10), way);
    for (auto& host : hosts) {
        host.settings.change().alive_interval = 0s;  // an answer to it would set going what stands still
        host = renewing(host);
    }
    options options;
    options.linger = 100s;
    options.command_timeout = 60s;
    options.keep_output = 16u << 20u;
    std::string expected;
    for (int i = 1; i <= 600'000; ++i) expected += std::to_string(i) + '\n';
    for (int round = 0; round < (all ? 100 : 2); ++round) {
        for (auto const& result : run_on(hosts, "seq 1 600000", options).hosts) {
            CAPTURE(round, result.error, result.out.size());
            CHECK(ending(result) == "ok ended command 0");
            CHECK((result.out == expected));
        }
    }
}

TEST_CASE("hosts that do not answer behind a jump host delay nobody else there") {
    ssh_fleet const jump({"jump"});
    ssh_fleet const targets({"target"});
    full_queue const full;  // the jump host's own attempt hangs
    tcp_server const silent([](peer const& to) { to.receive_all(); });
    auto hosts = targets.endpoints(10);
    for (int i = 0; i < 4; ++i)
        hosts.insert(hosts.begin(), at_port(targets.one(), "full" + std::to_string(i), full.port()));
    hosts.insert(hosts.begin(), at_port(targets.one(), "silent", silent.port()));
    for (auto& host : hosts) host.settings.change().connect_timeout = host.label.starts_with('n') ? 60s : 2s;
    auto const start = std::chrono::steady_clock::now();
    auto const results = run_on(behind(hosts, jump_over(jump.one(), "jump")), "true");
    CHECK(std::chrono::steady_clock::now() - start < 20s);
    CHECK(ending(results.hosts[0]) == "timed_out not_sent banner");
    CHECK(error_message(results.hosts[0]) == "via jump: no SSH banner within 2 s");
    for (std::size_t i = 1; i < 5; ++i) {
        CHECK(ending(results.hosts[i]) == "timed_out not_sent connect");
        CHECK(error_message(results.hosts[i]) == "via jump: timed out after 2 s");
    }
    for (std::size_t i = 5; i < 15; ++i) {
        CAPTURE(results.hosts[i].error);
        CHECK(ending(results.hosts[i]) == "ok ended command 0");
    }
    CHECK(logins(jump) == 1);
}

TEST_CASE("the first failure stops the commands behind a jump host, and none is left") {
    ssh_fleet const jump({"jump"});
    ssh_fleet const targets({"t1"});
    options options;
    options.halt.when = halt_when::now;
    std::size_t ready = 0;
    auto const hear = [&](event const& event) {
        if (std::holds_alternative<events::output>(event) && ++ready == 5) write_file(targets.path("fail"), "");
    };
    auto hosts = behind(targets.endpoints(5), jump_over(jump.one(), "jump"));
    auto const command = "echo ready; if mkdir " + targets.path("server/home/first") +
                         " 2>/dev/null; then while ! test -e " + targets.path("fail") +
                         "; do sleep 0.05; done; exit 1; fi; sleep 1000";
    auto const results = run_on(hosts, command, options, hear);
    CHECK(targets.commands().empty());
    CHECK(results.count(final_state::failed) == 1);
    CHECK(results.count(final_state::stopped) == 4);
    for (auto const& host : results.hosts) CHECK(host.command == command_fate::ended);
}

TEST_CASE("a run behind jump hosts can be cancelled at any moment") {
    ssh_fleet const first({"first"});
    ssh_fleet const second({"second"});
    ssh_fleet const targets({"target"});
    auto const way = jump_over(second.one(), "second", jump_over(first.one(), "first"));
    auto const hosts = behind(targets.endpoints(10), way);
    std::minstd_rand chance(1);
    options options;
    options.grace = 200ms;
    int const rounds = std::getenv("MUSTER_LONG") != nullptr ? 100 : 10;
    for (int i = 0; i < rounds; ++i) {
        std::stop_source stop;
        std::chrono::milliseconds const after(std::uniform_int_distribution(0, 600)(chance));
        CAPTURE(after.count());
        std::jthread const canceller([&] {
            std::this_thread::sleep_for(after);
            stop.request_stop();
        });
        auto const results = run_on(hosts, "sleep 1000", options, {}, stop.get_token());
        for (auto const& host : results.hosts) {
            CAPTURE(host.error);
            CHECK((host.state == final_state::stopped || host.state == final_state::not_started));
        }
    }
    CHECK(eventually([&] { return targets.commands().empty(); }));
}

TEST_CASE("a thousand hosts behind two jump hosts") {
    if (std::getenv("MUSTER_LONG") == nullptr) SKIP("takes a minute or two: MUSTER_LONG=1");
    ssh_fleet const first({"first"});
    ssh_fleet const second({"second"});
    ssh_fleet const targets({"t1", "t2", "t3", "t4"});
    auto const way = jump_over(second.one(), "second", jump_over(first.one(), "first"));
    options options;
    options.fanout = 100;
    auto const before = std::clock();
    auto const start = std::chrono::steady_clock::now();
    auto const results = run_on(behind(targets.endpoints(1000), way), "echo $NODE", options);
    auto const cpu_ms = 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    auto const took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    WARN("1000 hosts in " << took << " s, " << cpu_ms / 1000 << " ms of CPU a host");
    CHECK(results.count(final_state::ok) == 1000);
    CHECK(logins(first) == 1);
    CHECK(logins(second) == 1);
}
