// SPDX-License-Identifier: MIT
// One host's life: every final state, what is known of the command, the limits, and what is kept of the output.
#include "fleet.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace engine_test;
using support::host_script;

namespace {

/// The outcome of a fleet of one.
struct single {
    explicit single(host_script script, muster::options how = {}) : hosts(1) {
        hosts[0] = std::move(script);
        hosts.how = std::move(how);
    }
    host_result run() {
        auto results = hosts.run();
        CHECK(hosts.broken_rules(results) == "");
        return results.hosts.front();
    }
    fleet hosts;
};

host_result result_of(host_script script, muster::options how = {}) {
    return single(std::move(script), std::move(how)).run();
}

}  // namespace

TEST_CASE("an exit status decides between ok and failed") {
    struct row {
        std::uint32_t status;
        std::vector<std::uint32_t> ok_status;
        char const* outcome;
    };
    for (auto const& [status, ok_status, expected] :
         {row{0, {0}, "ok/ended"}, row{1, {0}, "failed/ended"}, row{5, {0, 5}, "ok/ended"}, row{0, {5}, "failed/ended"},
          row{4294967295, {0}, "failed/ended"}, row{256, {0}, "failed/ended"}}) {
        host_script script;
        script.status = status;
        muster::options how;
        how.ok_status = ok_status;
        auto const host = result_of(script, how);
        CAPTURE(status);
        CHECK(outcome(host) == expected);
        CHECK(host.status == status);
        CHECK(host.error == (host.state == final_state::ok ? "" : "exit status " + std::to_string(status)));
    }
}

TEST_CASE("a command's other ends") {
    host_script script;
    SECTION("a signal") {
        script.status.reset();
        script.signal = "SEGV";
        auto const host = result_of(script);
        CHECK(outcome(host) == "signalled/ended");
        CHECK(host.signal == "SEGV");
        CHECK(host.at == stage::command);
    }
    SECTION("no status: never a success") {
        script.ends = ending::without_status;
        CHECK(outcome(result_of(script)) == "no_status/unknown");
    }
    SECTION("lost in the middle, with what it printed") {
        script.ends = ending::connection_breaks;
        script.output = {{1ms, muster::stream::out, "half a li"}, {2ms, muster::stream::err, "warning\n"}};
        auto const host = result_of(script);
        CHECK(outcome(host) == "lost/unknown");
        CHECK(host.error == "connection reset by peer");
        CHECK(host.cause != nullptr);
        CHECK(host.out == "half a li");
        CHECK(host.err == "warning\n");
    }
    SECTION("lost while the server is asked") {
        script.exec = exec_answer::lost;
        single one(script);
        CHECK(outcome(one.run()) == "lost/unknown");
        CHECK(one.hosts.story(0) == "connect exec drop");
    }
    SECTION("refused: then it certainly did not start") {
        script.exec = exec_answer::refused;
        single one(script);
        auto const host = one.run();
        CHECK(outcome(host) == "refused/not_sent");
        CHECK(host.at == stage::session);
        CHECK(one.hosts.story(0) == "connect exec drop");  // nothing is there to be stopped
    }
}

TEST_CASE("a connection that fails gives its state and stage, and nothing is sent") {
    struct row {
        stage at;
        final_state state;
    };
    for (auto const& [at, state] :
         {row{stage::resolve, final_state::unreachable}, row{stage::connect, final_state::unreachable},
          row{stage::banner, final_state::unreachable}, row{stage::handshake, final_state::unreachable},
          row{stage::host_key, final_state::host_key}, row{stage::auth, final_state::auth}}) {
        host_script script;
        script.fails_at = at;
        script.fails_as = state;
        single one(script);
        auto const host = one.run();
        CAPTURE(to_string(at));
        CHECK(host.state == state);
        CHECK(host.at == at);
        CHECK(host.error == "scripted failure");
        CHECK(host.attempts == 1);
        CHECK(one.hosts.story(0) == "connect drop");
    }
}

TEST_CASE("an endpoint with a fault is not tried") {
    single one{host_script()};
    one.hosts.where[0].fault = "config:3: ProxyCommand is not supported";
    auto const host = one.run();
    CHECK(outcome(host) == "unreachable/not_sent");
    CHECK(host.at == stage::config);
    CHECK(host.error == "config:3: ProxyCommand is not supported");
    CHECK(host.attempts == 0);
    CHECK(host.duration == 0s);
    CHECK(one.hosts.story(0).empty());
}

TEST_CASE("the connect limit names the stage it passed in") {
    for (auto const at : {stage::resolve, stage::connect, stage::banner, stage::handshake, stage::auth}) {
        host_script script;
        script.stalls_at = at;
        single one(script);
        auto const host = one.run();
        CAPTURE(to_string(at), host.error);
        CHECK(outcome(host) == "timed_out/not_sent");
        CHECK(host.at == at);
        CHECK(host.error.find("10 s") != std::string::npos);
        CHECK(host.duration == 10s);
        CHECK(one.hosts.elapsed() == 10s);
    }
}

TEST_CASE("whose connect limit, and when its clock stands") {
    host_script script;
    script.stalls_at = stage::auth;
    script.stall = 1h;
    single one(script);
    SECTION("the endpoint's own goes first") {
        one.hosts.where[0].connect_timeout = 3s;
        CHECK(outcome(one.run()) == "timed_out/not_sent");
        CHECK(one.hosts.elapsed() == 3s);
    }
    SECTION("zero is none") {
        one.hosts.where[0].connect_timeout = 0s;
        CHECK(outcome(one.run()) == "ok/ended");
    }
    SECTION("it stands while the wait is ours") {
        one.hosts[0].stall_is_ours = true;
        CHECK(outcome(one.run()) == "ok/ended");
    }
    SECTION("and runs on afterwards") {
        one.hosts[0].stall_is_ours = true;
        one.hosts[0].stage_time = 2500ms;
        CHECK(outcome(one.run()) == "timed_out/not_sent");
        CHECK(one.hosts.elapsed() == 10s);  // five stages want 12.5 s: never as far as auth
    }
}

TEST_CASE("no answer to the request for the command: it may run") {
    host_script script;
    script.exec_time = forever_long;
    single one(script);
    SECTION("the connect limit counts") {
        auto const host = one.run();
        CHECK(outcome(host) == "timed_out/unknown");
        CHECK(host.at == stage::command);
        CHECK(host.error == "no answer to the request to run the command within 10 s");
        CHECK(one.hosts.story(0) == "connect exec TERM KILL drop");
        CHECK(one.hosts.elapsed() == 6ms + 10s + 5s + 1s);
    }
    SECTION("the endpoint's own, where it has one") {
        one.hosts.where[0].connect_timeout = 30s;
        CHECK(one.run().error == "no answer to the request to run the command within 30 s");
    }
    SECTION("a shorter limit on the command goes first") {
        one.hosts.how.command_timeout = 2s;
        CHECK(one.run().error == "timed out after 2 s");
        CHECK(one.hosts.elapsed() == 6ms + 2s + 5s + 1s);
    }
}

TEST_CASE("the limit on the command: TERM, the grace, KILL, a second for the proof") {
    host_script script;
    script.runs = forever_long;
    script.output = {{1s, muster::stream::out, "begun\n"}, {4s, muster::stream::out, "still here\n"}};
    single one(script);
    one.hosts.how.command_timeout = 3s;
    auto& host = one.hosts[0];
    auto const sent = 6ms;
    SECTION("TERM is obeyed") {
        auto const result = one.run();
        CHECK(outcome(result) == "timed_out/ended");
        CHECK(result.at == stage::command);
        CHECK(result.error == "timed out after 3 s");
        CHECK(result.signal == "TERM");
        CHECK(result.out == "begun\n");
        CHECK(one.hosts.story(0) == "connect exec TERM drop");
        CHECK(one.hosts.elapsed() == sent + 3s + 1ms);
    }
    SECTION("TERM is ignored; what it prints in the grace is kept") {
        host.survives_term = true;
        auto const result = one.run();
        CHECK(outcome(result) == "timed_out/ended");
        CHECK(result.out == "begun\nstill here\n");
        CHECK(one.hosts.story(0) == "connect exec TERM KILL drop");
        CHECK(one.hosts.elapsed() == sent + 3s + 5s + 1ms);
    }
    SECTION("nothing helps: unknown") {
        host.survives_term = host.survives_kill = true;
        CHECK(outcome(one.run()) == "timed_out/unknown");
        CHECK(one.hosts.elapsed() == sent + 3s + 5s + 1s);
    }
    SECTION("the connection breaks: unknown, and both reasons are told") {
        host.breaks_when_signalled = true;
        auto const result = one.run();
        CHECK(outcome(result) == "timed_out/unknown");
        CHECK(result.error == "timed out after 3 s; while it was being stopped: connection reset by peer");
        CHECK(one.hosts.elapsed() == sent + 3s);
    }
    SECTION("the requests can't be sent: their limit is the same") {
        host.stop_time = forever_long;
        CHECK(outcome(one.run()) == "timed_out/unknown");
        CHECK(one.hosts.elapsed() == sent + 3s + 5s + 1s);
    }
    SECTION("no grace: KILL at once") {
        host.survives_term = true;
        one.hosts.how.grace = 0s;
        CHECK(outcome(one.run()) == "timed_out/ended");
        CHECK(one.hosts.elapsed() == sent + 3s + 1ms);
    }
}

TEST_CASE("a limit that comes together with the end") {
    host_script script;
    script.runs = 1s;
    muster::options how;
    how.command_timeout = 1s + 2ms;  // 1 ms for the answer to exec
    CHECK(outcome(result_of(script, how)) == "ok/ended");
}

TEST_CASE("output after the exit stays with its host, though the transport's sessions share their buffer") {
    fleet hosts(3);
    for (std::size_t i = 0; i < 3; ++i) {
        hosts[i].ends = ending::holds_streams;
        hosts[i].held = 1s;
        hosts[i].output = {{500ms, muster::stream::out, std::string(1, static_cast<char>('a' + i))}};
    }
    auto const results = hosts.run();
    CHECK(results.hosts[0].out == "a");
    CHECK(results.hosts[1].out == "b");
    CHECK(results.hosts[2].out == "c");
}

TEST_CASE("streams that somebody in the background holds open") {
    host_script script;
    script.ends = ending::holds_streams;
    script.status = 3;
    single one(script);
    auto const exited = 6ms + 1ms + 10ms;
    SECTION("are given up after the linger time") {
        auto const host = one.run();
        CHECK(outcome(host) == "failed/ended");
        CHECK(host.status == 3);
        CHECK(host.error.find("background") != std::string::npos);
        CHECK(one.hosts.elapsed() == exited + 2s + 1ms);
    }
    SECTION("not when they close before") {
        one.hosts[0].held = 1s;
        auto const host = one.run();
        CHECK(outcome(host) == "failed/ended");
        CHECK(host.error == "exit status 3");
        CHECK(one.hosts.elapsed() == exited + 1s + 1ms);
    }
    SECTION("and what comes in that time is kept") {
        one.hosts[0].output = {{1500ms, muster::stream::out, "late\n"}};
        CHECK(one.run().out == "late\n");
    }
    SECTION("the time begins anew with every piece of output") {
        auto const sent = exited - 10ms;
        for (auto at = 100ms; at <= 10s; at += 100ms) one.hosts[0].output.push_back({at, muster::stream::out, "."});
        auto const host = one.run();
        CHECK(outcome(host) == "failed/ended");
        CHECK(host.out.size() == 100);
        CHECK(one.hosts.elapsed() == sent + 10s + 2s + 1ms);
    }
    SECTION("in a stop they are no proof") {
        one.hosts.how.linger = 1h;
        auto const results = one.hosts.run_and_cancel(1s);
        CHECK(outcome(results.hosts[0]) == "stopped/unknown");
        CHECK(one.hosts.story(0) == "connect exec TERM KILL drop");
    }
}

TEST_CASE("results keep output up to the limit") {
    host_script script;
    script.output = {{1ms, muster::stream::out, "abc"},
                     {2ms, muster::stream::err, "xyz"},
                     {3ms, muster::stream::out, "defg"},
                     {4ms, muster::stream::out, "h"}};
    muster::options how;
    SECTION("all of it") {
        auto const host = result_of(script, how);
        CHECK(host.out == "abcdefgh");
        CHECK(host.err == "xyz");
        CHECK_FALSE(host.truncated);
    }
    SECTION("cut in the middle of a piece, each stream by itself") {
        how.keep_output = 5;
        auto const host = result_of(script, how);
        CHECK(host.out == "abcde");
        CHECK(host.err == "xyz");
        CHECK(host.truncated);
    }
    SECTION("nothing; sinks are told all the same") {
        how.keep_output = 0;
        single one(script, how);
        CHECK(one.run().out.empty());
        CHECK(one.hosts.told.count("output") == 4);
    }
}

TEST_CASE("times are those of the loop") {
    host_script script;
    script.runs = 90s;
    single one(script);
    auto const host = one.run();
    CHECK(host.duration == 6ms + 1ms + 90s);
    CHECK(host.attempts == 1);
    CHECK(host.started != std::chrono::system_clock::time_point{});
}

TEST_CASE("a slow good-bye changes no result") {
    host_script script;
    script.close_time = forever_long;
    single one(script);
    auto const results = one.hosts.run_and_cancel(10s);
    CHECK(one.hosts.broken_rules(results) == "");
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(results.hosts[0].duration < 1s);
}
