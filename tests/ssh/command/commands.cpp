// SPDX-License-Identifier: MIT
// Commands on a real sshd: exit statuses, streams, and the ways in which a command or its session can end.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <string>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A sink that compares what comes with what must come, so that nothing is kept.
struct comparison {
    std::string expected;
    std::size_t out = 0;
    std::size_t err = 0;
    bool equal = true;

    void operator()(event const& event) {
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece == nullptr) return;
        auto& position = piece->from == stream::out ? out : err;
        equal = equal && expected.compare(position, piece->bytes.size(), piece->bytes) == 0;
        position += piece->bytes.size();
    }
};

/// Calls `then` once, with the first number that the command prints.
listener on_number(std::function<void(pid_t)> then) {
    return [then = std::move(then)](event const& event) {
        if (auto const* const piece = std::get_if<events::output>(&event)) {
            if (piece->from == stream::out) then(std::stoi(std::string(piece->bytes)));
        }
    };
}

}  // namespace

TEST_CASE("exit statuses arrive as they are") {
    ssh_fleet const fleet({"s0", "s1", "s4", "s5", "s44", "s255"});
    auto const results = run_on(fleet.endpoints(), "exit ${NODE#s}");
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "failed ended command 1");
    CHECK(ending(results.hosts[2]) == "failed ended command 4");
    CHECK(ending(results.hosts[3]) == "failed ended command 5");
    CHECK(ending(results.hosts[4]) == "failed ended command 44");
    CHECK(ending(results.hosts[5]) == "failed ended command 255");
    CHECK(exit_code(results) == 1);
}

TEST_CASE("both streams are kept apart, and standard error after the end of standard output is not lost") {
    ssh_fleet const fleet;
    auto const result = run_on(fleet.one(), "echo out; echo err >&2; exec >&-; sleep 0.3; echo late >&2; exit 5");
    CHECK(ending(result) == "failed ended command 5");
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\nlate\n");
}

TEST_CASE("a status is not an end: what is written after both streams seemed done is waited for") {
    ssh_fleet const fleet;
    CHECK(ending(run_on(fleet.one(), "exec >&- 2>&-; sleep 0.5; exit 9")) == "failed ended command 9");
}

TEST_CASE("the command reaches the remote shell verbatim") {
    ssh_fleet const fleet;
    auto const result =
        run_on(fleet.one(), "printf '%s|' \"a  b\" 'it''s' \\$NODE \"$NODE\"\nprintf '%s' \"\xc3\xa4\"");
    CHECK(result.out == "a  b|its|$NODE|h1|\xc3\xa4");
}

TEST_CASE("50 MB from one host arrive byte for byte") {
    ssh_fleet const fleet;
    comparison seen{random_bytes(50'000'000)};
    write_file(fleet.path("data"), seen.expected);
    auto const result = run_on(fleet.one(), "cat " + fleet.path("data"), without_keeping(), std::ref(seen));
    CHECK(ending(result) == "ok ended command 0");
    CHECK(seen.out == seen.expected.size());
    CHECK(seen.err == 0);
    CHECK(seen.equal);
}

TEST_CASE("output on both streams survives many new keys in the middle of it") {
    ssh_fleet const fleet({"h1"}, "RekeyLimit 64K");
    comparison seen{random_bytes(4'000'000)};
    write_file(fleet.path("data"), seen.expected);
    auto const result = run_on(fleet.one(), "FILE=" + fleet.path("data") + "; cat $FILE & cat $FILE >&2; wait",
                               without_keeping(), std::ref(seen));
    CHECK(ending(result) == "ok ended command 0");
    CHECK(seen.out == seen.expected.size());
    CHECK(seen.err == seen.expected.size());
    CHECK(seen.equal);
}

TEST_CASE("death by a signal is told by its name") {
    ssh_fleet const fleet;
    CHECK(ending(run_on(fleet.one(), "kill -TERM $$")) == "signalled ended command TERM");
    CHECK(ending(run_on(fleet.one(), "kill -KILL $$")) == "signalled ended command KILL");
    auto const unnamed = run_on(fleet.one(), "kill -BUS $$");  // RFC 4254 section 6.10 has no name for it
    CHECK(unnamed.state == final_state::signalled);
    CHECK(error_message(unnamed).find("killed by signal") == 0);
}

TEST_CASE("a session that the server closes without a status is a failure, and its command may still run") {
    ssh_fleet const fleet({"h1"}, "ChannelTimeout session:*=3s");
    auto const result = run_on(fleet.one(), "echo first; sleep 1000");
    CHECK(ending(result) == "no_status unknown command");
    CHECK(result.out == "first\n");
    CHECK_THAT(error_message(result), ContainsSubstring("without an exit status"));
}

TEST_CASE("a forced command runs in place of the given one") {
    ssh_fleet const fleet({"h1"}, "ForceCommand echo forced; exit 3");
    auto const result = run_on(fleet.one(), "echo mine");
    CHECK(ending(result) == "failed ended command 3");
    CHECK(result.out == "forced\n");
}

TEST_CASE("a forced command, which takes no signals, is not called ended while it lives") {
    ssh_fleet const fleet({"h1"}, "ForceCommand exec sleep 1000");
    options options;
    options.command_timeout = 500ms;
    options.grace = 300ms;
    auto const result = run_on(fleet.one(), "true", options);
    CHECK(result.state == final_state::timed_out);
    CHECK((result.command == command_fate::ended) == fleet.commands().empty());
}

TEST_CASE("a server that allows no session refuses") {
    ssh_fleet const fleet({"h1"}, "MaxSessions 0");
    auto const result = run_on(fleet.one(), "echo never");
    CHECK(ending(result) == "refused not_sent session");
    CHECK_THAT(error_message(result), ContainsSubstring("MaxSessions"));
    CHECK(result.out.empty());
}

TEST_CASE("a server that can't run the command refuses, which is no exit status") {
    if (::getuid() != 0) SKIP("the fleet's account must have no other processes");
    ssh_fleet const fleet;
    struct stat server {};
    REQUIRE(::stat(fleet.path("server").c_str(), &server) == 0);
    auto const account = std::to_string(server.st_uid);
    auto const child_of = [](std::string const& pid) {
        return std::to_string(std::stoi(read_file("/proc/" + pid + "/task/" + pid + "/children")));
    };
    auto const forbid_processes = [&](event const& event) {
        if (!std::holds_alternative<events::command_sent>(event)) return;
        auto const monitor = child_of(std::to_string(fleet.listener()));
        output_of({"setpriv", "--reuid", account, "--regid", account, "--clear-groups", "prlimit", "--nproc=1", "--pid",
                   child_of(monitor)});
    };
    auto const result = run_on(fleet.one(), "true", {}, forbid_processes);
    CHECK(ending(result) == "refused not_sent session");
    CHECK_THAT(error_message(result), ContainsSubstring("refused to run a command"));
}

TEST_CASE("a background process that holds the streams ends the wait after the linger time") {
    ssh_fleet const fleet;
    options options;
    options.linger = 300ms;
    auto const result = run_on(fleet.one(), "sleep 1000 & echo started; exit 7", options);
    CHECK(ending(result) == "failed ended command 7");
    CHECK(result.out == "started\n");
    CHECK_THAT(error_message(result), ContainsSubstring("background"));
    CHECK(result.duration < 20s);
}

TEST_CASE("the linger time begins anew with every piece of output") {
    ssh_fleet const fleet;
    options options;
    options.linger = 4s;
    auto const result = run_on(fleet.one(), "(for i in 1 2 3 4 5 6; do sleep 1; echo $i; done) & exit 0", options);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "1\n2\n3\n4\n5\n6\n");
    CHECK(error_message(result).empty());
}

TEST_CASE("a connection that is cut while the command runs is lost, with the output that had come") {
    ssh_fleet const fleet;
    auto const cut = on_number([](pid_t connection) { ::kill(connection, SIGKILL); });
    auto const result = run_on(fleet.one(), "echo $PPID; sleep 1000", {}, cut);
    CHECK(ending(result) == "lost unknown command");
    CHECK_FALSE(result.out.empty());
    CHECK_THAT(error_message(result), ContainsSubstring("connection lost"));
}

TEST_CASE("a command that takes the server down with it is lost") {
    ssh_fleet const fleet;
    auto const result = run_on(
        fleet.one(), "echo bye; sleep 0.5; kill -TERM " + std::to_string(fleet.listener()) + " $PPID; sleep 1000");
    CHECK(ending(result) == "lost unknown command");
    CHECK(result.out == "bye\n");
}

TEST_CASE("a command that takes too long is stopped, and its end is proved") {
    ssh_fleet const fleet;
    options options;
    options.command_timeout = 700ms;
    auto const result = run_on(fleet.one(), "echo begun; sleep 1000 | cat", options);
    CHECK(result.state == final_state::timed_out);
    CHECK(result.command == command_fate::ended);
    CHECK(result.stage == stage::command);
    CHECK(result.out == "begun\n");
    CHECK(fleet.commands().empty());
}

TEST_CASE("300 hosts with 64 at once all end well") {
    std::vector<std::string> names;
    for (int i = 1; i <= 16; ++i) names.push_back("h" + std::to_string(i));
    ssh_fleet const fleet(names);
    std::size_t alive = 0;
    std::size_t most = 0;
    auto const count = [&](event const& event) {
        if (std::holds_alternative<events::host_started>(event)) most = std::max(most, ++alive);
        if (std::holds_alternative<events::host_ended>(event)) --alive;
    };
    options options;
    options.fanout = 64;
    options.connect_timeout = patience;
    auto const results = run_on(fleet.endpoints(300), "echo $NODE", options, count);
    CHECK(results.ok());
    CHECK(most == 64);
    REQUIRE(results.hosts.size() == 300);
    for (std::size_t i = 0; i < results.hosts.size(); ++i) {
        CAPTURE(error_message(results.hosts[i]));
        CHECK(results.hosts[i].host == "n" + std::to_string(i));
        CHECK(results.hosts[i].out == names[i % names.size()] + "\n");
    }
}
