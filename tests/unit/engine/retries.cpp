// SPDX-License-Identifier: MIT
// Further tries for hosts that can't be reached, the limit on connections in the making, and a machine that is short.
#include "fleet.hpp"

#include "engine/host/retry.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace engine_test;

namespace {

report run_checked(fleet& hosts) {
    auto results = hosts.run();
    CHECK(hosts.broken_rules(results) == "");
    return results;
}

/// The first host fails there, at its first tries.
void fail_at_first(fleet& hosts, stage stage, final_state as, unsigned times) {
    hosts[0].fails_at = stage;
    hosts[0].fails_as = as;
    hosts[0].fails_times = times;
}

}  // namespace

TEST_CASE("which failures are worth another try") {
    struct row {
        final_state state;
        muster::stage stage;
        bool again;
    };
    for (auto const& [state, at, again] : {
             row{final_state::unreachable, stage::resolve, true},
             row{final_state::unreachable, stage::connect, true},
             row{final_state::unreachable, stage::banner, true},
             row{final_state::unreachable, stage::handshake, true},
             row{final_state::timed_out, stage::connect, true},
             row{final_state::timed_out, stage::banner, true},
             row{final_state::timed_out, stage::auth, false},
             row{final_state::unreachable, stage::auth, false},
             row{final_state::unreachable, stage::config, false},
             row{final_state::host_key, stage::host_key, false},
             row{final_state::auth, stage::auth, false},
             row{final_state::refused, stage::session, false},
             row{final_state::lost, stage::command, false},
             row{final_state::timed_out, stage::command, false},
         }) {
        CAPTURE(to_string(state), to_string(at));
        CHECK(muster::may_try_again(state, at) == again);
    }
}

TEST_CASE("the pause before another try grows, is spread, and has an end") {
    CHECK(muster::retry_pause(0, 0) == 250ms);
    CHECK(muster::retry_pause(0, 1) == 500ms);
    CHECK(muster::retry_pause(3, 1) == 4s);
    CHECK(muster::retry_pause(5, 1) == 15s);
    CHECK(muster::retry_pause(4000000000U, 0.5) == 11250ms);
}

TEST_CASE("a host that can be reached at the third try is ok") {
    fleet hosts(1);
    fail_at_first(hosts, stage::connect, final_state::unreachable, 2);
    hosts.how.retries = 2;
    auto const results = run_checked(hosts);
    CHECK(outcome(results.hosts[0]) == "ok/ended");
    CHECK(results.hosts[0].attempts == 3);
    CHECK(hosts.told.count("host_retried") == 2);
    CHECK(hosts.elapsed() >= 250ms + 500ms);
}

TEST_CASE("with no tries left the last failure stands") {
    fleet hosts(1);
    fail_at_first(hosts, stage::handshake, final_state::unreachable, 3);
    hosts.how.retries = 2;
    auto const results = run_checked(hosts);
    CHECK(outcome(results.hosts[0]) == "unreachable/not_sent");
    CHECK(results.hosts[0].stage == stage::handshake);
    CHECK(results.hosts[0].attempts == 3);
}

TEST_CASE("nobody is asked twice after a refused login, and no command goes out twice") {
    fleet hosts(1);
    fail_at_first(hosts, stage::auth, final_state::auth, 1);
    SECTION("login") {}
    SECTION("host key") {
        hosts[0].fails_at = stage::host_key;
        hosts[0].fails_as = final_state::host_key;
    }
    SECTION("refused command") {
        hosts[0].fails_at = stage::none;
        hosts[0].exec = exec_answer::refused;
    }
    SECTION("lost connection") {
        hosts[0].fails_at = stage::none;
        hosts[0].ends = ending::connection_breaks;
    }
    hosts.how.retries = 5;
    auto const results = run_checked(hosts);
    CHECK(results.hosts[0].state != final_state::ok);
    CHECK(results.hosts[0].attempts == 1);
}

TEST_CASE("a limit on connecting holds for each try") {
    fleet hosts(1);
    hosts[0].stalls_at = stage::banner;
    hosts.how.connect_timeout = 3s;
    hosts.how.retries = 1;
    auto const results = run_checked(hosts);
    CHECK(outcome(results.hosts[0]) == "timed_out/not_sent");
    CHECK(results.hosts[0].attempts == 2);
    CHECK(hosts.elapsed() >= 6s + 250ms);
    CHECK(hosts.elapsed() <= 6s + 500ms);
}

TEST_CASE("ConnectionAttempts are a second apart, and only for connections") {
    fleet hosts(1);
    fail_at_first(hosts, stage::connect, final_state::unreachable, 2);
    hosts.where[0].settings.change().connection_attempts = 3;
    SECTION("connections") {
        auto const results = run_checked(hosts);
        CHECK(outcome(results.hosts[0]) == "ok/ended");
        CHECK(results.hosts[0].attempts == 3);
        CHECK(hosts.elapsed() >= 2s);
        CHECK(hosts.elapsed() < 3s);
    }
    SECTION("what comes after them") {
        hosts[0].fails_at = stage::banner;
        CHECK(run_checked(hosts).hosts[0].attempts == 1);
    }
    SECTION("with retries behind them") {
        hosts[0].fails_times = 3;
        hosts.how.retries = 1;
        auto const results = run_checked(hosts);
        CHECK(outcome(results.hosts[0]) == "ok/ended");
        CHECK(results.hosts[0].attempts == 4);
    }
}

TEST_CASE("a stop ends the waiting for another try") {
    fleet hosts(2);
    hosts[0].fails_at = stage::connect;
    hosts[1].status = 1;
    hosts.how.retries = 100;
    SECTION("at once") {
        hosts.halt(muster::halt_when::now);
        auto const results = run_checked(hosts);
        CHECK(outcome(results.hosts[0]) == "not_started/not_sent");
        CHECK(hosts.elapsed() < 250ms);
    }
    SECTION("before the next start") {
        hosts.halt(muster::halt_when::soon);
        auto const results = run_checked(hosts);
        CHECK(outcome(results.hosts[0]) == "unreachable/not_sent");
        CHECK(hosts.elapsed() < 750ms);  // the first pause at most, and no second
    }
}

TEST_CASE("a failure counts for the halt policy only when no try is left") {
    fleet hosts(2);
    hosts[0].fails_at = stage::connect;
    hosts[0].fails_times = 1;
    hosts[1].runs = 10s;
    hosts.how.retries = 1;
    hosts.halt(muster::halt_when::now);
    auto const results = run_checked(hosts);
    CHECK(results.cause == stop_cause::none);
    CHECK(results.count(final_state::ok) == 2);
}

TEST_CASE("no more connections are in the making than the limit allows") {
    fleet hosts(40);
    hosts.how.fanout = 40;
    SECTION("a limit") {
        hosts.how.connect_limit = 5;
        run_checked(hosts);
        CHECK(hosts.hosts.most_connecting() == 5);
    }
    SECTION("none") {
        hosts.how.connect_limit = 0;
        run_checked(hosts);
        CHECK(hosts.hosts.most_connecting() == 40);
    }
}

TEST_CASE("the connect limit's clock stands while a host waits for its place") {
    fleet hosts(3);
    hosts.how.connect_limit = 1;
    hosts.how.connect_timeout = 10ms;  // connecting takes 6 ms
    CHECK(run_checked(hosts).count(final_state::ok) == 3);
}

TEST_CASE("a host waits while this machine is short of what others will give back") {
    fleet hosts(2);
    hosts.how.connect_timeout = 1s;
    SECTION("until it is there") {
        hosts[0].runs = 100s;
        hosts[1].short_times = 60;
        auto const results = run_checked(hosts);
        CHECK(results.count(final_state::ok) == 2);
        CHECK(results.hosts[1].attempts == 1);
    }
    SECTION("but not for ever when nobody could give it back") {
        hosts[0].short_times = hosts[1].short_times = 100000;
        auto const results = run_checked(hosts);
        CHECK(outcome(results.hosts[1]) == "unreachable/not_sent");
        CHECK(results.hosts[1].stage == stage::local);
        CHECK(hosts.elapsed() >= 10s);
        CHECK(hosts.elapsed() < 12s);
    }
}
