// SPDX-License-Identifier: MIT
// What is asked for beside the command on a real sshd: a terminal, variables, and the agent lent to the host.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <string>

#include <muster/run.hpp>

#include "ssh/support/agents.hpp"
#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

endpoint with_terminal(ssh_fleet const& fleet) {
    auto endpoint = fleet.one();
    endpoint.settings.change().tty = tty_request::yes;
    return endpoint;
}

host_result feed(endpoint const& target, std::string const& command, std::string text) {
    null_sink sink;
    std::vector<endpoint> const alone{target};
    return run(alone, job{command, command_input::of_text(std::move(text))}, {}, sink).hosts.front();
}

}  // namespace

TEST_CASE("a terminal: both streams are one, and there is no echo") {
    ssh_fleet const fleet;
    ::setenv("TERM", "vt220", 1);
    auto const result =
        run_on(with_terminal(fleet), "tty; echo $TERM; echo err >&2; stty -a | tr ' ;' '\\n' | grep echo$");
    CHECK(ending(result) == "ok ended command 0");
    CHECK_THAT(result.out, ContainsSubstring("/dev/pts/"));
    CHECK_THAT(result.out, ContainsSubstring("\r\nvt220\r\nerr\r\n-echo\r\n"));
    CHECK(result.err.empty());
    CHECK(run_on(fleet.one(), "tty").out == "not a tty\n");
}

TEST_CASE("a terminal has a size, and an input that ends") {
    ssh_fleet const fleet;
    CHECK_THAT(run_on(with_terminal(fleet), "stty size").out, !ContainsSubstring("0 0"));
    CHECK(run_on(with_terminal(fleet), "cat; echo end").out == "end\r\n");
    CHECK(feed(with_terminal(fleet), "cat; echo end", "one\ntwo\n").out == "one\r\ntwo\r\nend\r\n");
    CHECK(feed(with_terminal(fleet), "cat; echo end", "one\ntwo").out == "one\r\ntwoend\r\n");
}

TEST_CASE("a terminal takes much input") {
    ssh_fleet const fleet;
    std::string text;
    while (text.size() < 1'000'000) text += "0123456789012345678901234567890123456789\n";
    for (int i = 0; i < 4; ++i) {
        auto const result = feed(with_terminal(fleet), "wc -c", text);
        CAPTURE(result.error);
        CHECK(ending(result) == "ok ended command 0");
        CHECK(result.out == std::to_string(text.size()) + "\r\n");
    }
}

TEST_CASE("a terminal that takes much input at once makes the server send no packet that is too long") {
    // The server finds all that was sent to it in one go, and a line without end goes to the terminal in one go as
    // well. A shell that is late finds its input at its end, and its own end hangs the terminal up.
    std::string const held_up = "kill -STOP $PPID; (trap '' HUP; sleep 0.7; kill -CONT $PPID) & wc -c";
    std::string const text = std::string(1'000'000, 'x') + '\n';
    std::vector<std::string> const programs{"", newer_sshd};  // an empty one is this system's
    for (auto const& program : programs) {
        ssh_fleet const fleet({"h1"}, "", program);
        for (int i = 0; i < 5; ++i) {
            auto const result = feed(with_terminal(fleet), held_up, text);
            CAPTURE(program, result.error);
            CHECK(ending(result) == "ok ended command 0");
        }
    }
}

TEST_CASE("a command on a terminal is stopped as any other, but the end of its streams proves nothing") {
    ssh_fleet const fleet;
    options options;
    options.command_timeout = 500ms;
    auto const result = run_on(with_terminal(fleet), "(trap '' TERM HUP; sleep 1000) & sleep 1001", options);
    CHECK(result.state == final_state::timed_out);
    CHECK((result.command == command_fate::unknown || fleet.commands().empty()));

    CHECK(run_on(with_terminal(fleet), "exec sleep 1002", options).state == final_state::timed_out);
    CHECK(ending(run_on(with_terminal(fleet), "kill -TERM $$")) == "signalled ended command TERM");
}

TEST_CASE("a terminal that is not granted is a refusal, not a command without one") {
    ssh_fleet const fleet({"h1"}, "PermitTTY no");
    auto const result = run_on(with_terminal(fleet), "echo ran");
    CHECK(ending(result) == "refused not_sent session");
    CHECK_THAT(result.error, ContainsSubstring("the server refused a terminal (PermitTTY"));
    CHECK(result.out.empty());
}

TEST_CASE("variables that the server accepts are there, and the others are no error") {
    ssh_fleet const fleet({"h1"}, "AcceptEnv MUSTER_A*");
    auto endpoint = fleet.one();
    endpoint.settings.change().environment = {
        {"MUSTER_A1", "with blank\nand 'quotes'"}, {"MUSTER_B", "no"}, {"MUSTER_A2", ""}};
    auto const result = run_on(endpoint, "printf '%s|%s|%s' \"$MUSTER_A1\" \"$MUSTER_B\" \"${MUSTER_A2-unset}\"");
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "with blank\nand 'quotes'||");

    endpoint.settings.change().environment = {{"MUSTER_A1", std::string(40'000, 'x')}};
    auto const too_long = run_on(endpoint, "true");
    CHECK(ending(too_long) == "unreachable not_sent config");
    CHECK_THAT(too_long.error, ContainsSubstring("MUSTER_A1 is too long"));
}

TEST_CASE("the agent that is lent can be used on the host, also many times at once") {
    ssh_fleet const fleet;
    scratch_folder const folder;
    running_agent const agent(folder.path("agent"));
    auto const key = new_key(folder.path("key"));
    agent.add(key);
    auto endpoint = fleet.one();
    endpoint.settings.change().forward_agent_socket = agent.socket();
    auto const public_half = read_file(key + ".pub");
    auto const listed = run_on(endpoint, "ssh-add -L; exit 5");
    CHECK(ending(listed) == "failed ended command 5");
    CHECK(listed.out == public_half);

    write_file(folder.path("half"), public_half);
    ::chmod(folder.path().c_str(), 0755);
    CHECK(ending(run_on(endpoint, "ssh-add -T " + folder.path("half"))) == "ok ended command 0");  // signs

    std::string all;
    for (int n = 0; n < 20; ++n) all += public_half;
    CHECK(run_on(endpoint, "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ssh-add -L & done; wait")
              .out == all);
    CHECK(run_on(endpoint, "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ssh-add -L; done").out ==
          all);
    CHECK_THAT(run_on(fleet.one(), "ssh-add -L 2>&1").out, ContainsSubstring("Could not open a connection"));
}

TEST_CASE("a request to the agent that comes in many packets is passed on to its end") {
    ssh_fleet const fleet;
    scratch_folder const folder;
    running_agent const agent(folder.path("agent"));
    auto endpoint = fleet.one();
    endpoint.settings.change().forward_agent_socket = agent.socket();
    write_file(folder.path("ask"), R"(import os, socket, struct, sys
agent = socket.socket(socket.AF_UNIX)
agent.connect(os.environ['SSH_AUTH_SOCK'])
agent.settimeout(20)
for _ in range(60):
    agent.sendall(struct.pack('>I', 200000) + b'\xfe' * 200000)
    if agent.recv(5) != b'\0\0\0\1\5': sys.exit(2)
)");
    ::chmod(folder.path().c_str(), 0755);
    auto const result = run_on(endpoint, "exec python3 " + folder.path("ask"));
    CAPTURE(result.err);
    CHECK(ending(result) == "ok ended command 0");
}

TEST_CASE("a channel that brings more than waits for an agent that hangs is closed") {
    ssh_fleet const fleet;
    scratch_folder const folder;
    silent_agent const silent(folder.path("silent"));
    auto endpoint = fleet.one();
    endpoint.settings.change().forward_agent_socket = folder.path("silent");
    write_file(folder.path("ask"), R"(import os, socket
agent = socket.socket(socket.AF_UNIX)
agent.connect(os.environ['SSH_AUTH_SOCK'])
try:
    while True: agent.sendall(b'\xfe' * 100000)
except OSError: print('closed')
)");
    ::chmod(folder.path().c_str(), 0755);
    auto const result = run_on(endpoint, "exec python3 " + folder.path("ask"));
    CHECK(result.out == "closed\n");
}

TEST_CASE("the agent is used while input flows and output comes") {
    ssh_fleet const fleet;
    scratch_folder const folder;
    running_agent const agent(folder.path("agent"));
    agent.add(new_key(folder.path("key")));
    auto endpoint = fleet.one();
    endpoint.settings.change().forward_agent_socket = agent.socket();
    auto const result =
        feed(endpoint, "for n in 1 2 3 4 5 6 7 8 9; do ssh-add -l >/dev/null || echo failed; done & wc -c; wait",
             std::string(10'000'000, 'x'));
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "10000000\n");
}

TEST_CASE("a server that does not take the agent refuses the host in words") {
    ssh_fleet const fleet({"h1"}, "AllowAgentForwarding no");
    scratch_folder const folder;
    running_agent const agent(folder.path("agent"));
    auto endpoint = fleet.one();
    endpoint.settings.change().forward_agent_socket = agent.socket();
    auto const result = run_on(endpoint, "echo ran");
    CHECK(ending(result) == "refused not_sent session");
    CHECK_THAT(result.error, ContainsSubstring("AllowAgentForwarding"));
}

TEST_CASE("a lent agent that is gone, or hangs, hurts only who asks it") {
    ssh_fleet const fleet({"h1", "h2"});
    scratch_folder const folder;
    silent_agent const silent(folder.path("silent"));
    auto where = fleet.endpoints();
    where[0].settings.change().forward_agent_socket = folder.path("silent");
    where[1].settings.change().forward_agent_socket = folder.path("nothing");
    auto const results = run_on(where, "timeout 1 ssh-add -l 2>/dev/null; echo status $?");
    CHECK(results.hosts[0].out == "status 124\n");
    CHECK_THAT(results.hosts[1].out, ContainsSubstring("status "));
    CHECK(results.ok());

    options options;
    options.command_timeout = 500ms;
    CHECK(ending(run_on(where[0], "exec ssh-add -l", options)) == "timed_out ended command TERM");
}
