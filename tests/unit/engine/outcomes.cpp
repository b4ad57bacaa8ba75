// SPDX-License-Identifier: MIT
// One host's life: every final state, what is known of the command, the limits, and what is kept of the output.
#include "fleet.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace engine_test;
using support::host_script;

namespace {

/// The outcome of a fleet of one.
struct single {
    explicit single(host_script script, muster::options options = {}) : hosts(1) {
        hosts[0] = std::move(script);
        hosts.how = std::move(options);
    }
    host_result run() {
        auto results = hosts.run();
        CHECK(hosts.broken_rules(results) == "");
        return results.hosts.front();
    }
    fleet hosts;
};

host_result result_of(host_script script, muster::options options = {}) {
    return single(std::move(script), std::move(options)).run();
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
        muster::options options;
        options.ok_status = ok_status;
        auto const host = result_of(script, options);
        CAPTURE(status);
        CHECK(outcome(host) == expected);
        CHECK(host.status == status);
        CHECK(error_message(host) == (host.state == final_state::ok ? "" : "exit status " + std::to_string(status)));
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
        CHECK(host.stage == stage::command);
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
        CHECK(error_message(host) == "connection reset by peer");
        CHECK(host.cause != nullptr);
        CHECK(host.out == "half a li");
        CHECK(host.err == "warning\n");
    }
    SECTION("lost while the server is asked") {
        script.exec = exec_answer::lost;
        single single(script);
        CHECK(outcome(single.run()) == "lost/unknown");
        CHECK(single.hosts.story(0) == "connect exec drop");
    }
    SECTION("refused: then it certainly did not start") {
        script.exec = exec_answer::refused;
        single single(script);
        auto const host = single.run();
        CHECK(outcome(host) == "refused/not_sent");
        CHECK(host.stage == stage::session);
        CHECK(single.hosts.story(0) == "connect exec drop");  // nothing is there to be stopped
    }
}

TEST_CASE("a connection that fails gives its state and stage, and nothing is sent") {
    struct row {
        muster::stage stage;
        final_state state;
    };
    for (auto const& [at, state] :
         {row{stage::resolve, final_state::unreachable}, row{stage::connect, final_state::unreachable},
          row{stage::banner, final_state::unreachable}, row{stage::handshake, final_state::unreachable},
          row{stage::host_key, final_state::host_key}, row{stage::auth, final_state::auth}}) {
        host_script script;
        script.fails_at = at;
        script.fails_as = state;
        single single(script);
        auto const host = single.run();
        CAPTURE(to_string(at));
        CHECK(host.state == state);
        CHECK(host.stage == at);
        CHECK(error_message(host) == "scripted failure");
        CHECK(host.attempts == 1);
        CHECK(single.hosts.story(0) == "connect drop");
    }
}

TEST_CASE("an endpoint with a fault is not tried") {
    single single{host_script()};
    single.hosts.where[0].error = "config:3: ProxyCommand is not supported";
    auto const host = single.run();
    CHECK(outcome(host) == "unreachable/not_sent");
    CHECK(host.stage == stage::config);
    CHECK(error_message(host) == "config:3: ProxyCommand is not supported");
    CHECK(host.attempts == 0);
    CHECK(host.duration == 0s);
    CHECK(single.hosts.story(0).empty());
}

TEST_CASE("the connect limit names the stage it passed in") {
    for (auto const stage : {stage::resolve, stage::connect, stage::banner, stage::handshake, stage::auth}) {
        host_script script;
        script.stalls_at = stage;
        single single(script);
        auto const host = single.run();
        CAPTURE(to_string(stage), error_message(host));
        CHECK(outcome(host) == "timed_out/not_sent");
        CHECK(host.stage == stage);
        CHECK(error_message(host).find("10 s") != std::string::npos);
        CHECK(host.duration == 10s);
        CHECK(single.hosts.elapsed() == 10s);
    }
}

TEST_CASE("the limit of a host behind a jump host names that") {
    for (auto const stage : {stage::connect, stage::banner, stage::auth}) {
        host_script script;
        script.stalls_at = stage;
        single single(script);
        muster::endpoint bastion;
        bastion.label = "bastion";
        single.hosts.where[0].settings.change().jump = std::make_shared<muster::endpoint const>(bastion);
        auto const host = single.run();
        CAPTURE(to_string(stage), error_message(host));
        CHECK(outcome(host) == "timed_out/not_sent");
        CHECK(host.stage == stage);
        CHECK(error_message(host).starts_with("via bastion: "));
        CHECK(single.hosts.elapsed() == 10s);
    }
}

TEST_CASE("whose connect limit, and when its clock stands") {
    host_script script;
    script.stalls_at = stage::auth;
    script.stall = 1h;
    single single(script);
    SECTION("the endpoint's own goes first") {
        single.hosts.where[0].settings.change().connect_timeout = 3s;
        CHECK(outcome(single.run()) == "timed_out/not_sent");
        CHECK(single.hosts.elapsed() == 3s);
    }
    SECTION("zero is none") {
        single.hosts.where[0].settings.change().connect_timeout = 0s;
        CHECK(outcome(single.run()) == "ok/ended");
    }
    SECTION("it stands while the wait is ours") {
        single.hosts[0].stall_is_ours = true;
        CHECK(outcome(single.run()) == "ok/ended");
    }
    SECTION("and runs on afterwards") {
        single.hosts[0].stall_is_ours = true;
        single.hosts[0].stage_time = 2500ms;
        CHECK(outcome(single.run()) == "timed_out/not_sent");
        CHECK(single.hosts.elapsed() == 10s);  // five stages want 12.5 s: never as far as auth
    }
}

TEST_CASE("no answer to the request for the command: it may run") {
    host_script script;
    script.exec_time = forever_long;
    single single(script);
    SECTION("the connect limit counts") {
        auto const host = single.run();
        CHECK(outcome(host) == "timed_out/unknown");
        CHECK(host.stage == stage::command);
        CHECK(error_message(host) == "no answer to the request to run the command within 10 s");
        CHECK(single.hosts.story(0) == "connect exec TERM KILL drop");
        CHECK(single.hosts.elapsed() == 6ms + 10s + 5s + 1s);
    }
    SECTION("the endpoint's own, where it has one") {
        single.hosts.where[0].settings.change().connect_timeout = 30s;
        CHECK(error_message(single.run()) == "no answer to the request to run the command within 30 s");
    }
    SECTION("a shorter limit on the command goes first") {
        single.hosts.how.command_timeout = 2s;
        CHECK(error_message(single.run()) == "timed out after 2 s");
        CHECK(single.hosts.elapsed() == 6ms + 2s + 5s + 1s);
    }
}

TEST_CASE("the limit on the command: TERM, the grace, KILL, a second for the proof") {
    host_script script;
    script.runs = forever_long;
    script.output = {{1s, muster::stream::out, "begun\n"}, {4s, muster::stream::out, "still here\n"}};
    single single(script);
    single.hosts.how.command_timeout = 3s;
    auto& host = single.hosts[0];
    auto const sent = 6ms;
    SECTION("TERM is obeyed") {
        auto const result = single.run();
        CHECK(outcome(result) == "timed_out/ended");
        CHECK(result.stage == stage::command);
        CHECK(error_message(result) == "timed out after 3 s");
        CHECK(result.signal == "TERM");
        CHECK(result.out == "begun\n");
        CHECK(single.hosts.story(0) == "connect exec TERM drop");
        CHECK(single.hosts.elapsed() == sent + 3s + 1ms);
    }
    SECTION("TERM is ignored; what it prints in the grace is kept") {
        host.survives_term = true;
        auto const result = single.run();
        CHECK(outcome(result) == "timed_out/ended");
        CHECK(result.out == "begun\nstill here\n");
        CHECK(single.hosts.story(0) == "connect exec TERM KILL drop");
        CHECK(single.hosts.elapsed() == sent + 3s + 5s + 1ms);
    }
    SECTION("nothing helps: unknown") {
        host.survives_term = host.survives_kill = true;
        CHECK(outcome(single.run()) == "timed_out/unknown");
        CHECK(single.hosts.elapsed() == sent + 3s + 5s + 1s);
    }
    SECTION("the connection breaks: unknown, and both reasons are told") {
        host.breaks_when_signalled = true;
        auto const result = single.run();
        CHECK(outcome(result) == "timed_out/unknown");
        CHECK(error_message(result) == "timed out after 3 s; while it was being stopped: connection reset by peer");
        CHECK(single.hosts.elapsed() == sent + 3s);
    }
    SECTION("the requests can't be sent: their limit is the same") {
        host.stop_time = forever_long;
        CHECK(outcome(single.run()) == "timed_out/unknown");
        CHECK(single.hosts.elapsed() == sent + 3s + 5s + 1s);
    }
    SECTION("no grace: KILL at once") {
        host.survives_term = true;
        single.hosts.how.grace = 0s;
        CHECK(outcome(single.run()) == "timed_out/ended");
        CHECK(single.hosts.elapsed() == sent + 3s + 1ms);
    }
}

TEST_CASE("a limit that comes together with the end") {
    host_script script;
    script.runs = 1s;
    muster::options options;
    options.command_timeout = 1s + 2ms;  // 1 ms for the answer to exec
    CHECK(outcome(result_of(script, options)) == "ok/ended");
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
    single single(script);
    auto const exited = 6ms + 1ms + 10ms;
    SECTION("are given up after the linger time") {
        auto const host = single.run();
        CHECK(outcome(host) == "failed/ended");
        CHECK(host.status == 3);
        CHECK(error_message(host).find("background") != std::string::npos);
        CHECK(single.hosts.elapsed() == exited + 2s + 1ms);
    }
    SECTION("not when they close before") {
        single.hosts[0].held = 1s;
        auto const host = single.run();
        CHECK(outcome(host) == "failed/ended");
        CHECK(error_message(host) == "exit status 3");
        CHECK(single.hosts.elapsed() == exited + 1s + 1ms);
    }
    SECTION("and what comes in that time is kept") {
        single.hosts[0].output = {{1500ms, muster::stream::out, "late\n"}};
        CHECK(single.run().out == "late\n");
    }
    SECTION("the time begins anew with every piece of output") {
        auto const sent = exited - 10ms;
        for (auto time = 100ms; time <= 10s; time += 100ms)
            single.hosts[0].output.push_back({time, muster::stream::out, "."});
        auto const host = single.run();
        CHECK(outcome(host) == "failed/ended");
        CHECK(host.out.size() == 100);
        CHECK(single.hosts.elapsed() == sent + 10s + 2s + 1ms);
    }
    SECTION("in a stop they are no proof") {
        single.hosts.how.linger = 1h;
        auto const results = single.hosts.run_and_cancel(1s);
        CHECK(outcome(results.hosts[0]) == "failed/unknown");
        CHECK(single.hosts.story(0) == "connect exec TERM KILL drop");
    }
}

TEST_CASE("the wait for more output ends only by proof") {
    host_script script;
    script.ends = ending::holds_streams;
    single single(script);
    auto& host = single.hosts[0];
    auto const exited = 6ms + 1ms + 10ms;
    SECTION("the server is asked, and its answer waited for") {
        host.answer_time = 3s;
        CHECK(outcome(single.run()) == "ok/ended");
        CHECK(single.hosts.story(0) == "connect exec ask close drop");
        CHECK(single.hosts.elapsed() == exited + 2s + 3s + 1ms);
    }
    SECTION("output that comes before the answer begins the wait anew") {
        host.answer_time = 3s;
        host.output = {{4s, muster::stream::out, "what was stuck\n"}};
        auto const result = single.run();
        CHECK(outcome(result) == "ok/ended");
        CHECK(result.out == "what was stuck\n");
        CHECK(single.hosts.story(0) == "connect exec ask ask close drop");
    }
    SECTION("no answer is no success, but the command has ended") {
        host.answer_time = forever_long;
        auto const result = single.run();
        CHECK(outcome(result) == "lost/ended");
        CHECK(result.status == 0);
        CHECK(error_message(result).find("output may be missing") != std::string::npos);
        CHECK(single.hosts.elapsed() == exited + 2s + 15s);
    }
    SECTION("a connection that breaks then loses output, but not the status") {
        host.status = 3;
        host.breaks_after = 1s;
        auto const result = single.run();
        CHECK(outcome(result) == "lost/ended");
        CHECK(result.status == 3);
        CHECK(error_message(result) ==
              "connection reset by peer; the command had ended by then (exit status 3), but the end of its "
              "output may be missing");
    }
    SECTION("a login shell may refuse the command behind its own status") {
        host.status = 253;
        host.refuses_late = true;
        host.breaks_after = 1s;
        auto const result = single.run();
        CHECK(outcome(result) == "refused/not_sent");
        CHECK_FALSE(result.status);
    }
    SECTION("a sink that is full makes nobody wait in vain") {
        host.output = {{1s, muster::stream::out, "one\n"}, {1s, muster::stream::out, "two\n"}};
        single.hosts.told.reaction = [&](auto const& told) {
            return told.kind == "output" && told.text == "one\n" ? muster::flow::full : muster::flow::go_on;
        };
        auto const results = single.hosts.run_and_cancel(1h);  // the reader never comes back: only this ends it
        CHECK(outcome(results.hosts[0]) == "ok/unknown");
        CHECK(results.hosts[0].out == "one\ntwo\n");
    }
}

TEST_CASE("a process in the background that prints for ever is told once, and let go") {
    host_script script;
    script.ends = ending::holds_streams;
    for (auto time = 500ms; time <= 10min; time += 500ms) script.output.push_back({time, muster::stream::out, "."});
    single single(script);
    auto const host = single.run();
    CHECK(outcome(host) == "ok/ended");
    CHECK(error_message(host) ==
          "a process in the background goes on printing; not followed any longer; redirect it: COMMAND >/dev/null 2>&1 "
          "&");
    CHECK(single.hosts.told.count("host_lingers") == 1);
    CHECK(single.hosts.elapsed() > 60s);
    CHECK(single.hosts.elapsed() < 65s);
}

TEST_CASE("one that prints without a pause is let go when nothing of the command can be under way") {
    host_script script;
    script.ends = ending::holds_streams;
    script.answer_time = 1s;
    std::string const piece(64 << 10, 'y');
    for (auto time = 100ms; time <= 10min; time += 100ms) script.output.push_back({time, muster::stream::out, piece});
    single single(script);
    single.hosts.how.keep_output = 0;
    auto const host = single.run();
    CHECK(outcome(host) == "ok/ended");
    CHECK(error_message(host) ==
          "a process in the background goes on printing; not followed any longer; redirect it: COMMAND >/dev/null 2>&1 "
          "&");
    CHECK(single.hosts.elapsed() > 60s);
    CHECK(single.hosts.elapsed() < 65s);
}

TEST_CASE("a known exit status survives what ends the wait for more output") {
    host_script script;
    script.ends = ending::holds_streams;
    muster::options options;
    options.linger = 1h;
    SECTION("the limit on the command") {
        options.command_timeout = 1s;
        script.holder_dies = true;
        auto const host = result_of(script, options);
        CHECK(outcome(host) == "ok/ended");
        CHECK(error_message(host) ==
              "a process in the background still held the output open and was stopped; timed out after 1 s");
    }
    SECTION("the limit on the command, just before the streams are closed") {
        options.command_timeout = 15ms;
        script.held = 100ms;
        auto const host = result_of(script, options);
        CHECK(outcome(host) == "ok/ended");
        CHECK(error_message(host).empty());
    }
    SECTION("the limit on the run") {
        options.total_timeout = 1s;
        script.status = 4;
        script.holder_dies = true;
        auto const host = result_of(script, options);
        CHECK(outcome(host) == "failed/ended");
        CHECK(error_message(host) ==
              "exit status 4; a process in the background still held the output open and was stopped");
    }
    SECTION("a stop, which does not wait for what it can't reach") {
        single single(script, options);
        single.hosts[0].holder_unreachable = true;
        auto const results = single.hosts.run_and_cancel(1s);
        CHECK(outcome(results.hosts[0]) == "ok/unknown");
        CHECK(error_message(results.hosts[0]) ==
              "a process in the background still holds the output open and may still run");
        CHECK(single.hosts.elapsed() == 1s);
    }
    SECTION("but not one that comes in the stop") {
        script.runs = 2s;
        script.survives_term = true;
        single single(script, options);
        auto const results = single.hosts.run_and_cancel(1s);
        CHECK(results.hosts[0].state == final_state::stopped);
    }
}

TEST_CASE("a failure counts when the exit is told") {
    fleet hosts(3);
    hosts.all({});
    hosts[0].ends = ending::holds_streams;
    hosts[0].status = 7;
    hosts[0].holder_dies = true;
    for (std::size_t i = 1; i < 3; ++i) hosts[i].runs = 1h;
    hosts.how.linger = 1h;
    SECTION("others are stopped at once, and what is left of the culprit's group with them") {
        hosts.halt(muster::halt_when::now);
        auto const results = hosts.run();
        CHECK(results.culprit == 0U);
        CHECK(outcome(results.hosts[0]) == "failed/ended");
        CHECK(outcome(results.hosts[1]) == "stopped/ended");
        CHECK(hosts.story(0) == "connect exec TERM drop");
        CHECK(hosts.elapsed() < 300ms);
        CHECK(hosts.broken_rules(results) == "");
    }
    SECTION("a culprit that leaves nothing behind is given the moment in which its streams are closed") {
        hosts.halt(muster::halt_when::now);
        hosts[0].held = 100ms;
        auto const results = hosts.run();
        CHECK(outcome(results.hosts[0]) == "failed/ended");
        CHECK(error_message(results.hosts[0]) == "exit status 7");
        CHECK(hosts.story(0) == "connect exec drop");
        CHECK(outcome(results.hosts[1]) == "stopped/ended");
    }
    SECTION("it counts once") {
        hosts.halt(muster::halt_when::now, 2);
        hosts.how.linger = 1s;
        hosts[1].runs = 10s;
        hosts[1].status = 7;
        auto const results = hosts.run();
        CHECK(results.culprit == 1U);
        CHECK(hosts.elapsed() > 10s);
    }
}

TEST_CASE("a signal without a name ends a command, too") {
    host_script script;
    script.status.reset();
    script.nameless = true;
    auto const host = result_of(script);
    CHECK(outcome(host) == "signalled/ended");
    CHECK(error_message(host) == "killed by a signal without a name");
}

TEST_CASE("results keep output up to the limit") {
    host_script script;
    script.output = {{1ms, muster::stream::out, "abc"},
                     {2ms, muster::stream::err, "xyz"},
                     {3ms, muster::stream::out, "defg"},
                     {4ms, muster::stream::out, "h"}};
    muster::options options;
    SECTION("all of it") {
        auto const host = result_of(script, options);
        CHECK(host.out == "abcdefgh");
        CHECK(host.err == "xyz");
        CHECK_FALSE(host.truncated);
    }
    SECTION("cut in the middle of a piece, each stream by itself") {
        options.keep_output = 5;
        auto const host = result_of(script, options);
        CHECK(host.out == "abcde");
        CHECK(host.err == "xyz");
        CHECK(host.truncated);
    }
    SECTION("nothing; sinks are told all the same") {
        options.keep_output = 0;
        single single(script, options);
        CHECK(single.run().out.empty());
        CHECK(single.hosts.told.count("output") == 4);
    }
}

TEST_CASE("times are those of the loop") {
    host_script script;
    script.runs = 90s;
    single single(script);
    auto const host = single.run();
    CHECK(host.duration == 6ms + 1ms + 90s);
    CHECK(host.attempts == 1);
    CHECK(host.started != std::chrono::system_clock::time_point{});
}

TEST_CASE("a slow good-bye changes no result") {
    host_script script;
    script.close_time = forever_long;
    single single(script);
    auto const results = single.hosts.run_and_cancel(10s);
    CHECK(single.hosts.broken_rules(results) == "");
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(results.hosts[0].duration < 1s);
}
