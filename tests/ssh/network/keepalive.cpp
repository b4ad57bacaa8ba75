// SPDX-License-Identifier: MIT
// A server that falls silent is noticed; one that has nothing to say is not disturbed.
#include <signal.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <thread>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a server that answers no question whether it is alive is lost, in bounded time") {
    ssh_fleet const fleet;
    std::atomic<bool> frozen = false;
    std::atomic<bool> over = false;
    tcp_server const between([&](peer const& client) {
        client.relay_to(fleet.one(), [&](std::string&) {
            while (frozen && !over) std::this_thread::sleep_for(10ms);
            return !over;
        });
    });
    auto endpoint = at_port(fleet.one(), "h1", between.port());
    endpoint.settings.change().host_key_alias = "h1";
    auto const real = fleet.one();
    auto const keys = read_file(real.settings->user_known_hosts.front());
    auto const name = known_hosts_name(real);
    write_file(fleet.path("alias"), "h1" + keys.substr(keys.find(name) + name.size()));
    endpoint.settings.change().user_known_hosts = {fleet.path("alias")};
    endpoint.settings.change().alive_interval = 1s;
    endpoint.settings.change().alive_count_max = 2;
    auto const freeze = [&](event const& event) {
        if (std::holds_alternative<events::output>(event)) frozen = true;
    };
    // what it goes on saying is what freezes the relay
    auto const result = run_on(endpoint, "echo up; while :; do sleep 0.1; echo x; done", {}, freeze);
    over = true;
    CHECK(ending(result) == "lost unknown command");
    CHECK_THAT(error_message(result), ContainsSubstring("the server has been silent for"));
    for (pid_t const pid : fleet.commands()) ::kill(pid, SIGKILL);
    CHECK(eventually([&] { return fleet.commands().empty(); }));
}

TEST_CASE("a command that is silent for longer than all questions goes on") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().alive_interval = 1s;
    endpoint.settings.change().alive_count_max = 1;
    CHECK(ending(run_on(endpoint, "sleep 4; exit 3")) == "failed ended command 3");
}
