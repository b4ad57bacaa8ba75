// SPDX-License-Identifier: MIT
// SSH servers that misbehave at every step after the banner (hostile_server.py says how), beside a host that works.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <muster/run.hpp>

#include "ssh/support/loop_probe.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct rogue_host {
    char const* name;
    std::string_view endings;  // see runs.hpp; where it depends on who is faster, several with | between them
    char const* text = "";     // in the error
    char const* out = "";      // at the beginning of the output
};

constexpr auto no_keys = "unreachable not_sent handshake";
constexpr auto no_login = "unreachable not_sent auth";
constexpr auto no_session = "unreachable not_sent session";
constexpr auto done = "ok ended command 0";
constexpr auto no_status = "no_status unknown command";
constexpr auto other_host = "host_key unknown host_key";
constexpr auto lost = "lost unknown command";
constexpr auto running = "timed_out unknown command";

/// Before a command can be sent.
constexpr rogue_host before_session[] = {
    {"close-before-kexinit", no_keys, "closed during the key exchange"},
    {"close-before-kex-reply", no_keys, "closed during the key exchange"},
    {"close-before-newkeys", no_keys, "closed during the key exchange"},
    {"close-before-service", no_login, "the connection ended during authentication"},
    {"close-before-pk-ok", no_login, "the connection ended during authentication"},
    {"close-before-auth-success", no_login, "the connection ended during authentication"},
    {"close-before-open-confirmation", no_session, "no session: "},
    {"kex-wrong-signature", no_keys, "a wrong signature of its host key: somebody on the path may pose as it"},
    {"kex-no-signature", no_keys, "a wrong signature of its host key"},
    {"kex-huge-signature", no_keys, "a wrong signature of its host key"},
    {"kex-other-key-type", no_keys, "a host key that is malformed, or of another type"},
    {"kex-garbage-key", no_keys, "a host key that is malformed"},
    {"kex-short-key", no_keys, "a host key that is malformed"},
    {"kex-no-key", no_keys, "a host key that is malformed"},
    {"kex-zero-value", no_keys, "an unfit public value"},
    {"kex-short-value", no_keys, "an unfit public value"},
    {"kex-huge-value", no_keys, "an unfit public value"},
    {"kex-lying-length", no_keys, "a malformed message in the key exchange"},
    {"kex-empty-reply", no_keys, "a malformed message in the key exchange"},
    {"kex-reply-withheld", no_keys, "key exchange"},
    {"kex-reply-twice", no_keys, "key exchange"},
    {"kexinit-empty-lists", no_keys, "no common key exchange algorithm"},
    {"kexinit-huge-lists", no_keys, "key exchange"},
    {"kexinit-commas", no_keys, "key exchange"},
    {"kexinit-marker", no_keys, "no common key exchange algorithm"},
    {"kexinit-compressed", no_keys, "no common compression (muster has none); the server offers: zlib"},
    {"kexinit-nul", no_keys, "no common key exchange algorithm"},
    {"kexinit-cut", no_keys, "a malformed list of algorithms"},
    {"kexinit-lying-length", no_keys, "a malformed list of algorithms"},
    {"kexinit-twice", no_keys, "a message that the strict key exchange forbids"},
    {"newkeys-twice", no_login, "malformed"},
    {"newkeys-withheld", no_keys, "key exchange"},
    {"ignore-in-kex", no_keys,
     "the strict key exchange forbids"},  // the strict exchange, against a prefix of the attacker's
    {"success-before-keys", no_keys, "has no place in a key exchange"},
    {"service-before-keys", no_keys, "has no place in a key exchange"},
    {"ext-info-before-keys", no_keys, "has no place in a key exchange"},
    {"corrupt-login", no_login, "damaged"},
    {"corrupt-session", no_login, "damaged"},
    {"auth-failure-for-ever", "auth not_sent auth", "permission denied (publickey); tried key"},
    {"good-bye-at-login", "auth not_sent auth", "too \\x1b]0;many\\x07 \\xe2\\x80\\xaefailures"},
    {"huge-good-bye", "auth not_sent auth", "the server said: xxx"},
    {"good-bye-without-words", no_login, "the server ended the connection"},
    {"service-other", no_login, "another service"},
    {"service-lying-length", no_login, "another service"},
    {"service-empty", no_login, "another service"},
    {"banner-flood", "unreachable not_sent auth|unreachable not_sent handshake", "without end"},
    {"failure-flood", "auth not_sent auth", "permission denied"},
    {"channel-refused", "refused not_sent session", "MaxSessions"},
    {"failure-with-huge-words", "refused not_sent session", "MaxSessions"},
    {"failure-cut", "refused not_sent session", "MaxSessions"},
    {"exec-refused", "refused not_sent session", "refused to run a command"},
    {"other-channel", no_session, "broke the protocol"},
    {"confirmation-cut", no_session, "broke the protocol"},
};

/// What is said too often before the login, but without harm unless it is too much.
constexpr auto borne = "ok ended command 0|unreachable not_sent auth|unreachable not_sent handshake";
constexpr rogue_host chatting[] = {
    {"pk-ok-other-key", done},      {"pk-ok-empty", done},           {"banner-lying-length", borne},
    {"ignore-flood", borne},        {"debug-flood", borne},          {"unimplemented-flood", borne},
    {"ext-info-flood", borne},      {"ext-info-lying-count", borne}, {"early-request-flood", borne},
    {"dribble", done, "", "hello"}, {"good", done, "", "hello"},
};

constexpr rogue_host in_session[] = {
    {"ignore-before-keys", done, "", "hello"},
    {"early-output", "failed ended command 6", "exit status 6", "early"},
    {"window-of-nothing", done, "", "hello"},
    {"rekey-wrong-signature", lost, "connection lost: the server gave a wrong signature", "hello"},
    {"rekey-other-cipher", done, "", "hello\nmore\n"},
    {"rekey-other-mac", done, "", "hello\nmore\n"},
    {"rekey-to-gcm", done, "", "hello\nmore\n"},
    {"rekey-early", done, "", "hello"},
    {"rekey-other-host-key-curve25519-sha256", other_host, "HOST KEY CHANGED", "hello"},
    {"rekey-other-host-key-ecdh-sha2-nistp256", other_host, "HOST KEY CHANGED", "hello"},
    {"rekey-other-host-key-diffie-hellman-group14-sha256", other_host, "HOST KEY CHANGED", "hello"},
    {"rekey-other-host-key-diffie-hellman-group-exchange-sha256", other_host, "HOST KEY CHANGED", "hello"},
    {"rekey-at-login-with-other-host-key", "host_key not_sent host_key", "HOST KEY CHANGED"},
    {"rekey-accept", done, "", "hello"},
    {"rekey-half-agreed", lost, "connection lost: ", "hello"},
    {"rekey-in-flood", done, "", "0000\n0000\n"},
    {"reset", lost, "Connection reset", "hello"},
    {"no-status", no_status, "without an exit status", "hello"},
    {"close-before-exec-answer", lost, "the server closed the connection"},
    {"close-only", no_status, "without an exit status", "hello"},
    {"status-only", "failed ended command 3", "background", "hello"},
    {"status-hang-up", "lost ended command 3", "the end of its output may be missing", "hello"},
    {"status-eof-hang-up", "failed ended command 3", "exit status 3", "hello"},
    {"output-late", done, "", "late"},
    {"status-twice", "failed ended command 5", "exit status 5", "hello"},
    {"status-huge", "failed ended command 4294967295", "4294967295", "hello"},
    {"status-int-min", "failed ended command 2147483648", "exit status 2147483648", "hello"},
    {"status-cut", no_status, "", "hello"},
    {"status-missing", no_status, "", "hello"},
    {"status-for-other", no_status, "", "hello"},
    {"status-before-signal", "signalled ended command TERM", "killed by signal TERM", "hello"},
    {"signal-before-status", "signalled ended command TERM", "killed by signal TERM", "hello"},
    {"signal-twice", "signalled ended command KILL", "killed by signal KILL", "hello"},
    {"signal-unknown", "signalled ended command LUNCH@example.com", "killed by signal LUNCH@example.com", "hello"},
    {"signal-escape", "signalled ended command \\x1b[2J\\x07", "\\x1b", "hello"},
    {"signal-empty", "signalled ended command", "a signal without a name", "hello"},
    {"signal-huge", "signalled ended command KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK", "killed by signal", "hello"},
    {"signal-lying-length", lost, "", "hello"},
    {"signal-cut", no_status, "", "hello"},
    {"signal-then-alive", "signalled ended command TERM", "killed by signal TERM", "hello"},
    {"data-after-eof", done, "", "hello\nmore\n"},
    {"data-after-close", done, "", "hello"},
    {"eof-twice", done, "", "hello"},
    {"close-twice", done, "", "hello"},
    {"status-after-eof", "failed ended command 4", "exit status 4", "hello"},
    {"status-after-close", no_status, "without an exit status", "hello"},
    {"all-after-close", done, "", "hello"},
    {"beyond-packet", lost, "the server sent more in one packet than was allowed", "hello"},
    {"other-stderr", done, "", "hello"},
    {"data-empty", done, "", "hello"},
    {"data-lying-length", lost, "the server sent output whose length is wrong", "hello"},
    {"data-short-length", lost, "the server sent output whose length is wrong", "hello"},
    {"data-cut", lost, "the server sent output whose length is wrong", "hello"},
    {"data-for-other", done, "", "hello"},
    {"eof-for-other", done, "", "hello"},
    {"adjust-overflow", done, "", "hello"},
    {"adjust-for-other", done, "", "hello"},
    {"adjust-cut", done, "", "hello"},
    {"answers-unasked", done, "", "hello"},
    {"answers-many", done, "", "hello"},
    {"confirmation-unasked", done, "", "hello"},
    {"failure-unasked", done, "", "hello"},
    {"auth-success-late", done, "", "hello"},
    {"request-unknown", done, "", "hello"},
    {"request-for-other", done, "", "hello"},
    {"request-lying-length", done, "", "hello"},
    {"request-cut", done, "", "hello"},
    {"global-unknown", done, "", "hello"},
    {"global-cut", done, "", "hello"},
    {"open-unknown", done, "", "hello"},
    {"request-on-other-number", done, "", "hello"},
    {"open-session", done, "", "hello"},
    {"open-forwarded", done, "", "hello"},
    {"open-forwarded-cut", done, "", "hello"},
    {"open-x11", done, "", "hello"},
    {"open-agent", done, "", "hello"},
    {"open-cut", done, "", "hello"},
    {"packet-unknown", done, "", "hello"},
    {"packet-empty-disconnect", lost, "broke the protocol", "hello"},
    {"corrupt-after-output", lost, "damaged", "hello"},
    {"good-bye-in-session", lost, "the server said: going \\x1b[31mdown", "hello"},
    {"ignore-in-session", done, "", "hello"},
};

/// What only the limit on the connection ends.
constexpr rogue_host silent[] = {
    {"service-withheld", "timed_out not_sent auth", "no end of the authentication within 5 s"},
    {"auth-answer-withheld", "timed_out not_sent auth", "no end of the authentication within 5 s"},
    {"auth-success-withheld", "timed_out not_sent auth", "no end of the authentication within 5 s"},
    {"pk-ok-for-ever", "timed_out not_sent auth", "no end of the authentication within 5 s"},
    {"open-answer-withheld", "timed_out not_sent session", "no session within 5 s"},
};

/// What only the limit on the command ends, unless it fills a bound before.
constexpr auto full = "timed_out unknown command|lost unknown command";
constexpr auto full_at_once =
    "ok ended command 0|timed_out not_sent session|unreachable not_sent session|unreachable not_sent auth";
constexpr rogue_host endless[] = {
    {"mute", running, "timed out after 6 s", "hello"},
    {"eof-only", running, "timed out after 6 s", "hello"},
    {"exec-answer-withheld", "timed_out ended command 0", "timed out after 6 s", "hello"},
    {"rekey-for-ever", running, "", "hello"},
    {"rekey-without-end", running, "", "hello"},
    {"requests-unread", running, "", "hello"},
    {"flood-out", running, "", "yyyy"},
    {"flood-small", running, "", "y"},
    {"flood-err", running},
    {"flood-other-err", running},
    {"flood-beyond-window", full, "", "hello"},
    {"flood-beyond-window-small", full, "", "hello"},
    {"flood-empty-data", full, "", "hello"},
    {"flood-for-other", running, "", "hello"},
    {"flood-adjust", running, "", "hello"},
    {"flood-answers", "lost unknown command", "sends without end what nobody has asked for", "hello"},
    {"flood-request-answers", full, "", "hello"},
    {"flood-global", full, "", "hello"},
    {"flood-requests", full, "", "hello"},
    {"flood-opens", full, "", "hello"},
    {"flood-signals", "signalled ended command TERM|lost unknown command", "", "hello"},
    {"flood-ignore", running, "", "hello"},
    {"flood-debug", running, "", "hello"},
    {"flood-unknown", full, "", "hello"},
    {"unknown-flood", full_at_once},
    {"early-data-flood", full_at_once},
};

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t memory_before_login = mib - 82 * 1024;  // libssh2's struct has pages of its own
constexpr std::size_t memory_in_session = 4 * mib;

bool is_one_of(std::string const& ending, std::string_view endings) {
    return ("|" + std::string(endings) + "|").find("|" + ending + "|") != std::string::npos;
}

void check(rogue_host const& expected, host_result const& result) {
    CAPTURE(expected.name, expected.endings, ending(result), error_message(result), result.out.substr(0, 40));
    CHECK(is_one_of(ending(result), expected.endings));
    CHECK_THAT(error_message(result), ContainsSubstring(expected.text));
    CHECK(error_message(result).find('\x1b') == std::string::npos);
    CHECK(error_message(result).size() < 600);
    CHECK(result.out.starts_with(expected.out));
}

/// Each by itself, so that it is known whose the memory and the time are.
template <std::size_t N>
void check_one_by_one(rogue_host const (&hosts)[N], options const& options, std::size_t memory) {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    for (auto const& host : hosts) {
        loop_probe probe;
        auto const results = run_probed({rogues.at(host.name), fleet.one()}, options, probe);
        check(host, results.hosts[0]);
        note_turn(host.name, probe);
        CAPTURE(host.name, error_message(results.hosts[1]));
        CHECK(results.hosts[1].out == "h1\n");
        CHECK(probe.longest < 100ms);
        CHECK(probe.most_memory < memory);
    }
}

template <std::size_t N>
void check_together(rogue_host const (&hosts)[N], options const& options, std::size_t memory) {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    std::vector<endpoint> where;
    for (auto const& host : hosts) where.push_back(rogues.at(host.name));
    where.push_back(fleet.one());
    loop_probe probe;
    auto const results = run_probed(where, options, probe);
    for (std::size_t i = 0; i < N; ++i) check(hosts[i], results.hosts[i]);
    CAPTURE(error_message(results.hosts[N]));
    CHECK(results.hosts[N].out == "h1\n");
    CHECK(probe.longest < 100ms);
    CHECK(probe.most_memory < N * memory);
}

options patient_with_short_linger() {
    auto options = patient();
    options.linger = 300ms;
    options.keep_output = 10000;
    return options;
}

}  // namespace

TEST_CASE("servers that misbehave before the session fail each in its own way, in little memory") {
    check_one_by_one(before_session, patient_with_short_linger(), memory_before_login);
}

TEST_CASE("servers that say too much at the login are borne up to a point") {
    check_one_by_one(chatting, patient_with_short_linger(), memory_in_session);
}

TEST_CASE("servers that misbehave in the session never make a success of a failure, nor lose what came before") {
    check_one_by_one(in_session, patient_with_short_linger(), memory_in_session);
}

TEST_CASE("servers that fall silent at the login end at the limit, and keep nobody waiting") {
    auto options = patient_with_short_linger();
    options.connect_timeout = 5s;
    check_together(silent, options, memory_before_login);
}

TEST_CASE("servers without end in the session end at the limit, and keep nobody waiting") {
    auto options = patient_with_short_linger();
    options.connect_timeout = 20s;
    options.command_timeout = 6s;
    options.grace = 300ms;
    check_together(endless, options, memory_in_session);
}

TEST_CASE("a host that sends as fast as it can leaves the loop to the others") {
    ssh_fleet const fleet;
    loop_probe probe;
    auto options = patient_with_short_linger();
    options.keep_output = 0;
    auto const results = run_probed({fleet.one()}, options, probe, std::string("head -c 200000000 /dev/zero"));
    CHECK(ending(results.hosts[0]) == done);
    CHECK(probe.longest < 100ms);
}

TEST_CASE("what waits on one stream does not keep the other waiting") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    std::size_t out = 0;
    std::size_t before_error = 0;
    auto const count = [&](event const& event) {
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece == nullptr) return;
        if (piece->from == stream::out) out += piece->bytes.size();
        if (piece->from == stream::err) before_error = out;
    };
    auto const result = run_on(rogues.at("error-in-output"), "true", patient_with_short_linger(), count);
    CHECK(ending(result) == done);
    CHECK(result.err == "error\n");
    CHECK(out == 210'006);
    CHECK(before_error < 100'000);
}

TEST_CASE("the end of the output is read with it, however much of both comes at once") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto options = patient_with_short_linger();
    options.linger = 60s;
    options.keep_output = 100'000;
    options.command_timeout = 10s;
    auto host = rogues.at("end-in-one-piece");
    host.settings.change().alive_interval = 0s;  // its answer would be news, too
    auto const result = run_on(host, "true", options);
    CHECK(ending(result) == done);
    CHECK(result.out == std::string(32768 + 8896, 'z'));
}

TEST_CASE("a server that tells a status and then nothing more is no success") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto const result = run_on(rogues.at("status-mute"), "true", patient_with_short_linger());
    CHECK(ending(result) == "lost ended command 0");
    CHECK(result.out == "hello\n");
    CHECK_THAT(error_message(result), ContainsSubstring("not even when it was asked"));
}

TEST_CASE("a window that is opened beyond its limit stays open") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    null_sink sink;
    std::vector<endpoint> const alone{rogues.at("window-wraps")};
    auto const result =
        run(alone, job{"true", command_input::of_text("input")}, patient_with_short_linger(), sink).hosts.front();
    CAPTURE(result.error);
    CHECK(ending(result) == done);
}

TEST_CASE("nothing is waited for behind a status and the end of the output") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto options = patient_with_short_linger();
    options.linger = 60s;
    options.command_timeout = 10s;
    for (auto const* const name : {"close-late", "other-stderr"}) {
        auto const result = run_on(rogues.at(name), "true", options);
        CAPTURE(name);
        CHECK(ending(result) == done);
        CHECK(result.out == "hello\n");
        CHECK(error_message(result).empty());
    }
}
