// SPDX-License-Identifier: MIT
// What ssh logs: how far it has come, what of its standard error is the command's, and what its last words mean.
#include "system_ssh/ssh_log.hpp"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "system_ssh/ssh_words.hpp"

using namespace muster::system_ssh;
using muster::final_state;
using muster::stage;

namespace {

constexpr std::string_view opens = "debug3: ssh.c:ssh_session2_open():2151 (pid=7): channel_new: 0\r\n";
constexpr std::string_view asks_for_variable =
    "debug2: channels.c:channel_request_start():1178 (bin=ssh, pid=7): channel 0: request env confirm 0\r\n";
constexpr std::string_view sends =
    "debug2: channels.c:channel_request_start():1086 (pid=7): channel 0: request exec confirm 1\r\n";
constexpr std::string_view is_taken =
    "debug2: clientloop.c:client_status_confirm():669 (pid=7): exec request accepted on channel 0\r\n";
constexpr std::string_view is_refused =
    "clientloop.c:client_status_confirm():682 (pid=7): exec request failed on channel 0\r\n";
constexpr std::string_view no_channel =
    "channels.c:channel_input_open_failure():3563 (pid=7): channel 0: open failed: connect failed: open failed\r\n";

struct read_log {
    ssh_log log{true};
    std::string passed;
};

/// In pieces of so many bytes.
read_log reading(std::initializer_list<std::string_view> texts, std::size_t size = 1000) {
    std::string all;
    for (auto const text : texts) all += text;
    read_log result;
    for (std::size_t at = 0; at < all.size(); at += size)
        result.passed += result.log.take(std::string_view(all).substr(at, size));
    result.passed += result.log.take_rest();
    return result;
}

request_progress progress_after(std::initializer_list<std::string_view> texts) {
    return reading(texts).log.progress();
}

std::string ending_after(std::string_view line) {
    auto const failure = reading({line}).log.failure("text");
    return std::string(to_string(failure.state())) + " " + std::string(to_string(failure.stage()));
}

bool shares(std::string const& option) {
    ssh_settings settings;
    settings.options = {option};
    return shares_connections(settings);
}

}  // namespace

TEST_CASE("ssh's log tells how far the command came, and is not the command's output") {
    CHECK(progress_after({}) == request_progress::none);
    CHECK(progress_after({opens, asks_for_variable}) == request_progress::channel);
    CHECK(progress_after({opens, sends}) == request_progress::sent);
    CHECK(progress_after({opens, no_channel}) == request_progress::refused);
    CHECK(progress_after({opens, sends, is_refused}) == request_progress::refused);
    for (std::size_t const size : {1u, 7u, 1000u}) {
        auto const all =
            reading({"Warning: of ssh\r\n", opens, asks_for_variable, sends, is_taken, "out", "put"}, size);
        CHECK(all.log.progress() == request_progress::taken);
        CHECK(all.passed == "Warning: of ssh\r\noutput");
        CHECK(all.log.reason() == "output");
    }
}

TEST_CASE("a command's output passes at once and unchanged, though it looks like ssh's log") {
    auto all = reading({opens, sends, is_taken});
    CHECK(all.log.take("50 %") == "50 %");
    CHECK(all.log.take(sends) == sends);
    CHECK(all.log.take("x").size() == 1);
}

TEST_CASE("a line of ssh's log is found behind what a ProxyCommand wrote, and in a line beyond all bounds") {
    auto const behind = reading({"connecting ... ", opens, sends});
    CHECK(behind.log.progress() == request_progress::sent);
    CHECK(behind.passed == "connecting ... ");
    auto const cut = reading({std::string(5000, '.'), sends});
    CHECK(cut.log.progress() == request_progress::sent);
    CHECK(cut.passed.starts_with(std::string(5000, '.')));
}

TEST_CASE("an ssh that ends before it has sent the command ends as muster's own SSH does") {
    CHECK(ending_after("ssh: connect to host web1 port 22: Connection refused\r\n") == "unreachable connect");
    CHECK(ending_after("ssh: connect to host web1 port 22: Connection timed out\r\n") == "timed_out connect");
    CHECK(ending_after("Connection timed out during banner exchange\r\n") == "timed_out banner");
    CHECK(ending_after("ssh: Could not resolve hostname web1: Name or service not known\r\n") == "unreachable resolve");
    CHECK(ending_after("me@web1: Permission denied (publickey,password).\r\n") == "auth auth");
    CHECK(ending_after("Received disconnect from ::1 port 22:2: Too many authentication failures\r\n") == "auth auth");
    CHECK(ending_after("Host key verification failed.\r\n") == "host_key host_key");
    CHECK(ending_after("Unable to negotiate with ::1 port 22: no matching cipher found.\r\n") ==
          "unreachable handshake");
    CHECK(ending_after("command-line: line 0: Bad configuration option: frob\r\n") == "unreachable config");
    CHECK(ending_after("") == "unreachable connect");
    auto const refused = reading({opens, sends, is_refused}).log;
    CHECK(refused.failure("").state() == final_state::refused);
    CHECK(refused.failure("").stage() == stage::session);
    CHECK(refused.reason() == "exec request failed on channel 0");
}

TEST_CASE("a jump host's own words are the reason, and not the end of its connection") {
    auto const all = reading({"me@gate: Permission denied (publickey).\r\n",
                              "kex_exchange_identification: Connection closed by remote host\r\n",
                              "Connection closed by UNKNOWN port 65535\r\n"});
    CHECK(all.log.reason() == "me@gate: Permission denied (publickey).");
    CHECK(all.log.failure("").state() == final_state::auth);
}

TEST_CASE("an ssh that has asked for a channel and then logged nothing may have sent the command") {
    CHECK(reading({}).log.tells_not_sent());
    CHECK(reading({opens, sends, is_refused}).log.tells_not_sent());
    CHECK(!reading({opens}).log.tells_not_sent());
    CHECK(!reading({opens, sends}).log.tells_not_sent());
}

TEST_CASE("where connections are shared another ssh may send the command: nothing is read out of the log") {
    CHECK(shares("ControlPath=/tmp/%C"));
    CHECK(shares("controlpath /tmp/%C"));
    CHECK(!shares("ControlPath=none"));
    CHECK(!shares("ControlMaster=auto"));
    ssh_log log(false);
    CHECK(log.take("half") == "half");
    CHECK(!log.tells_not_sent());
}
