// SPDX-License-Identifier: MIT
// Results in words.
#include "output/words/words.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace muster;
using namespace muster::output;
using namespace std::chrono_literals;

namespace {

std::string told(final_state state, stage stage, std::string error = {}) {
    host_result result;
    result.state = state;
    result.stage = stage;
    result.error = std::move(error);
    return explain(result);
}

}  // namespace

TEST_CASE("Pushes of all hosts are counted in words") {
    report results;
    results.hosts.resize(3);
    CHECK(pushes_in_words(results).empty());
    results.hosts[0].changed = 2;
    results.hosts[2].same = 1;
    CHECK(pushes_in_words(results) == "pushed: 2 changed, 1 the same");
}

TEST_CASE("Sizes have the unit that leaves one to three digits") {
    CHECK(size_in_words(0) == "0 B");
    CHECK(size_in_words(999) == "999 B");
    CHECK(size_in_words(1000) == "1.0 kB");
    CHECK(size_in_words(9'960) == "10 kB");
    CHECK(size_in_words(999'700) == "1.0 MB");
    CHECK(size_in_words(960'000'000'000) == "960 GB");
    CHECK(size_in_words(18'000'000'000'000'000'000U) == "18000 PB");
}

TEST_CASE("Each state has its words") {
    CHECK(told(final_state::ok, stage::command) == "");
    CHECK(told(final_state::ok, stage::command, "a child held the channel") == "warning: a child held the channel");
    CHECK(told(final_state::no_status, stage::command) ==
          "command: the server closed the session without an exit status");
    CHECK(told(final_state::lost, stage::command) == "command: connection lost");
    CHECK(told(final_state::lost, stage::command, "Connection reset by peer") == "command: Connection reset by peer");
    CHECK(told(final_state::timed_out, stage::connect, "timed out after 10s") == "connect: timed out after 10s");
    CHECK(told(final_state::unreachable, stage::resolve, "no such host") == "resolve: no such host");
    CHECK(told(final_state::host_key, stage::host_key) == "host key: host key refused");
    CHECK(told(final_state::auth, stage::auth) == "auth: permission denied");
    CHECK(told(final_state::refused, stage::session) == "session: the server refused the command");
    CHECK(told(final_state::stopped, stage::command) == "command: stopped");
    CHECK(told(final_state::not_started, stage::none) == "not started");
    CHECK(told(final_state::not_started, stage::connect) == "not started");
}

TEST_CASE("Exit statuses and signals are shown as sent, a peer's text sanitised") {
    host_result result;
    result.stage = stage::command;
    result.state = final_state::failed;
    result.status = 4294967295u;
    CHECK(explain(result) == "command: exit status 4294967295");
    result.error = "a child held the channel";
    CHECK(explain(result) == "command: a child held the channel");
    result.error.clear();
    result.remarks = {{remark_code::background_left}};
    CHECK(explain(result) ==
          "command: exit status 4294967295; a process in the background still holds the output open; not waited for; "
          "redirect it: COMMAND >/dev/null 2>&1 &");
    result.remarks.clear();
    result.state = final_state::signalled;
    result.signal = "KILL";
    CHECK(explain(result) == "command: killed by signal KILL");
    result.signal.clear();
    result.status.reset();
    CHECK(explain(result) == "command: killed by a signal without a name");
    result.signal = "\x1b]0;x";
    CHECK(explain(result) == "command: killed by signal \\x1b]0;x");
    CHECK(told(final_state::auth, stage::auth, "said:\n\x1b[2J") == "auth: said:\\x0a\\x1b[2J");
}

TEST_CASE("Durations and numbers of hosts") {
    CHECK(in_words(0ns) == "0 ms");
    CHECK(in_words(350ms) == "350 ms");
    CHECK(in_words(4200ms) == "4.2 s");
    CHECK(in_words(42s + 900ms) == "42 s");
    CHECK(in_words(200s) == "3 min 20 s");
    CHECK(in_words(2h + 5min) == "2 h 5 min");
    CHECK(hosts_in_words(1) == "1 host");
    CHECK(hosts_in_words(0) == "0 hosts");
}
