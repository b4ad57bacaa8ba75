// SPDX-License-Identifier: MIT
// Root's login on a real sshd: before OpenSSH 9.8 the server ignores signal requests there, without a word, and a stop
// goes another way.
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <sstream>
#include <string>

#include "child.hpp"
#include "root_server.hpp"
#include "runs.hpp"

using namespace muster;
using namespace muster::test;

namespace {

/// Whether a process of the group runs; one that is dead and not yet waited for does not.
bool lives(pid_t group) {
    std::istringstream processes(output_of({"ps", "-A", "-o", "pgid=", "-o", "stat="}));
    pid_t one = 0;
    for (std::string state; processes >> one >> state;)
        if (one == group && state.front() != 'Z') return true;
    return false;
}

}  // namespace

TEST_CASE("root's commands are stopped, and proved to be, on an sshd that takes no signals from root") {
    if (auto const why = root_server::missing(); !why.empty()) SKIP(why);
    root_server const server;
    if (!server.listens()) SKIP("no sshd as root here: " + server.words_of_server());
    REQUIRE(ending(run_on(server.where(), "exit 4")) == "failed ended command 4");

    for (std::string const command : {"exec sleep 1000", "sleep 1000 | cat", "trap '' TERM; sleep 1000; sleep 1000",
                                      "sh -c \"trap '' TERM; exec sleep 1000\" | cat"}) {
        CAPTURE(command);
        pid_t leader = 0;
        auto const remember = [&](event const& what) {
            if (auto const* const piece = std::get_if<events::output>(&what))
                leader = std::stoi(std::string(piece->bytes));
        };
        options how;
        how.command_timeout = 1s;
        how.grace = 5s;
        auto const result = run_on(server.where(), "echo $$; " + command, how, remember);
        REQUIRE(leader > 1);
        bool const left = lives(leader);
        if (left) ::kill(-leader, SIGKILL);
        CAPTURE(result.error, result.signal);
        CHECK(result.state == final_state::timed_out);
        CHECK(result.command == command_fate::ended);
        CHECK_FALSE(left);
    }
}
