// SPDX-License-Identifier: MIT
// Root's login on a real sshd: before OpenSSH 9.8 the server ignores signal requests there, without a word, and a stop
// goes another way.
#include <signal.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>

#include <muster/run.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/root_server.hpp"
#include "ssh/support/runs.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;

namespace {

/// Whether a process of the group runs; one that is dead and not yet waited for does not.
bool lives(pid_t group) {
    std::istringstream processes(output_of({"ps", "-A", "-o", "pgid=", "-o", "stat="}));
    pid_t number = 0;
    for (std::string state; processes >> number >> state;)
        if (number == group && state.front() != 'Z') return true;
    return false;
}

/// Of a command that its limit stops. What is said to have ended has.
host_result stop_on(root_server const& server, std::string const& command, bool leased = false) {
    pid_t leader = 0;
    auto const remember = [&](event const& event) {
        if (auto const* const piece = std::get_if<events::output>(&event))
            leader = std::stoi(std::string(piece->bytes));
    };
    options options;
    options.command_timeout = 1s;
    options.grace = 5s;
    job what("echo $$; " + command);
    if (leased) what.command().lease.emplace();
    calling_sink sink(remember);
    auto const results = run(std::vector<endpoint>{server.where()}, what, options, sink);
    auto result = results.hosts.front();
    REQUIRE(leader > 1);
    bool const left = lives(leader);
    if (left) ::kill(-leader, SIGKILL);
    CHECK(result.state == final_state::timed_out);
    CHECK((result.command == command_fate::unknown || !left));
    return result;
}

}  // namespace

TEST_CASE("root's commands are stopped, and proved to be, on an sshd that takes no signals from root") {
    if (auto const why = root_server::missing(); !why.empty()) SKIP(why);
    root_server const server;
    if (!server.listens()) SKIP("no sshd as root here: " + server.words_of_server());
    REQUIRE(ending(run_on(server.where(), "exit 4")) == "failed ended command 4");

    for (std::string const command : {"exec sleep 1000", "sleep 1000 | cat", "trap '' TERM; sleep 1000; sleep 1000",
                                      "sh -c \"trap '' TERM; exec sleep 1000\" | cat"}) {
        auto outcome = stop_on(server, command);
        // On a busy machine a proof may take longer than the second that is given to it.
        for (int again = 0; again < 2 && outcome.command == command_fate::unknown; ++again)
            outcome = stop_on(server, command);
        CAPTURE(command, error_message(outcome), outcome.signal);
        CHECK(outcome.command == command_fate::ended);
    }
}

TEST_CASE("root's commands end with their run, however that ends") {
    if (auto const why = root_server::missing(); !why.empty()) SKIP(why);
    root_server const server;
    if (!server.listens()) SKIP("no sshd as root here: " + server.words_of_server());
    scratch_folder const folder;
    auto const config = server.config("h*");
    auto const leaders = folder.path("leaders");
    auto const go = folder.path("go");
    write_file(leaders, "");

    std::string const cause = GENERATE("first failure", "Ctrl-C", "SIGKILL with a lease");
    std::string const shape = GENERATE("sleep 1000 | cat", "trap '' TERM; sleep 1000; sleep 1000",
                                       "sh -c \"trap '' TERM; exec sleep 1000\" | cat");
    CAPTURE(cause, shape);
    auto const work = "if mkdir " + folder.path("first") + " 2>/dev/null; then while [ ! -e " + go +
                      " ]; do sleep 0.1; done; exit 3; fi; echo $$ >> " + leaders + "; " + shape;
    std::vector<std::string> words{program, "-F", config, "-t", "60s", "--grace", "3s", "--json"};
    if (cause == "first failure") words.push_back("-k");
    if (cause == "SIGKILL with a lease") words.push_back("--lease");
    words.insert(words.end(), {"h1,h2,h3", work});
    child muster(words);
    auto const running = [&] { return std::ranges::count(read_file(leaders), '\n') == 2; };
    REQUIRE(eventually([&] { return running() && std::filesystem::exists(folder.path("first")); }));
    if (cause == "first failure") write_file(go, "");
    if (cause == "Ctrl-C") muster.send(SIGINT);
    if (cause == "SIGKILL with a lease") muster.send(SIGKILL);
    muster.wait();
    CHECK(muster.out().find("\"command\":\"unknown\"") == std::string::npos);
    write_file(go, "");

    std::istringstream groups(read_file(leaders));
    for (pid_t leader = 0; groups >> leader;) {
        CHECK(eventually([&] { return !lives(leader); }, cause == "SIGKILL with a lease" ? patience : 1s));
        if (lives(leader)) ::kill(-leader, SIGKILL);
    }
}

TEST_CASE("a stop of root's commands is proved on a host with many processes, too") {
    if (auto const why = root_server::missing(); !why.empty()) SKIP(why);
    root_server const server;
    if (!server.listens()) SKIP("no sshd as root here: " + server.words_of_server());
    std::string const count = std::getenv("MUSTER_LONG") != nullptr ? "5000" : "1000";
    std::string const many = "n=0; while [ $n -lt " + count + " ]; do sleep 1000 & n=$((n+1)); done; echo up; wait";
    child crowd({"unshare", "--pid", "--fork", "--kill-child", "sh", "-c", many});  // which end with their namespace
    REQUIRE(eventually([&] { return crowd.out().find("up") != std::string::npos; }));
    for (std::string const command : {"sleep 1000 | cat", "sh -c \"trap '' TERM; exec sleep 1000\" | cat"}) {
        for (bool const leased : {false, true}) {
            auto const outcome = stop_on(server, command, leased);
            CAPTURE(command, leased, error_message(outcome), outcome.signal);
            CHECK(outcome.command == command_fate::ended);
        }
    }
}

TEST_CASE("the first failure stops root's commands on twenty hosts that are one machine, and proves it on all") {
    if (auto const why = root_server::missing(); !why.empty()) SKIP(why);
    root_server const server;
    if (!server.listens()) SKIP("no sshd as root here: " + server.words_of_server());
    scratch_folder const folder;
    auto const config = server.config("h*");
    auto const go = folder.path("go");
    auto const work = "if mkdir " + folder.path("first") + " 2>/dev/null; then while [ ! -e " + go +
                      " ]; do sleep 0.1; done; exit 3; fi; echo up >> " + folder.path("up") + "; sleep 1000 | cat";
    write_file(folder.path("up"), "");
    child muster(
        {program, "-F", config, "-t", "60s", "--grace", "2s", "--json", "-k", "--connect-limit", "5", "h[1-20]", work});
    REQUIRE(eventually([&] { return std::ranges::count(read_file(folder.path("up")), '\n') == 19; }));
    write_file(go, "");
    muster.wait();
    CHECK(muster.out().find("\"command\":\"unknown\"") == std::string::npos);
}
