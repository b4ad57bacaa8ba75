// SPDX-License-Identifier: MIT
// The decisions that are pure functions: the halt policy, the exit code, and a report as exceptions.
#include "engine/rollout/halt.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <vector>

#include <muster/report.hpp>

using namespace muster;

namespace {

host_result ended(final_state state, command_fate command = command_fate::ended) {
    host_result host;
    host.host = "web1";
    host.state = state;
    host.command = command;
    return host;
}

host_result with_status(final_state state, std::uint32_t status) {
    auto host = ended(state);
    host.status = status;
    return host;
}

host_result with_signal(final_state state, std::string signal) {
    auto host = ended(state);
    host.signal = std::move(signal);
    return host;
}

report of(std::vector<host_result> hosts) {
    report results;
    results.hosts = std::move(hosts);
    return results;
}

auto const ok = with_status(final_state::ok, 0);
auto const failed = with_status(final_state::failed, 7);
auto const late = ended(final_state::timed_out, command_fate::unknown);
auto const never_reached = ended(final_state::timed_out, command_fate::not_sent);
auto const unreachable = ended(final_state::unreachable, command_fate::not_sent);
auto const not_started = ended(final_state::not_started, command_fate::not_sent);

halt_policy policy(double fail, bool percent) {
    halt_policy result;
    result.when = halt_when::now;
    result.fail = fail;
    result.percent = percent;
    return result;
}

}  // namespace

TEST_CASE("the halt threshold") {
    struct row {
        double fail;
        bool percent;
        std::size_t targets;
        std::size_t threshold;
    };
    for (auto const& [fail, percent, targets, threshold] :
         {row{1, false, 10, 1}, row{3, false, 10, 3}, row{0.5, false, 10, 1}, row{2.5, false, 10, 3},
          row{10, true, 10, 1}, row{10, true, 11, 2}, row{7, true, 100, 7}, row{1, true, 5, 1}, row{0.01, true, 5, 1},
          row{100, true, 7, 7}, row{50, true, 5, 3}, row{33.3, true, 3, 1}, row{33.4, true, 3, 2}, row{10, true, 0, 1},
          row{29, true, 1'000'000, 290'000}, row{20, false, 10, 11}, row{1e300, false, 10, 11},
          row{std::numeric_limits<double>::infinity(), true, 10, 11}}) {
        CAPTURE(fail, percent, targets);
        CHECK(halt_threshold(policy(fail, percent), targets) == threshold);
    }
    CHECK(halt_threshold(halt_policy(), 10) == 0);
}

TEST_CASE("what counts as a failure") {
    struct row {
        host_result host;
        bool any;
        bool command;
    };
    auto const fate_unknown = command_fate::unknown;
    for (auto const& [host, any, command] :
         {row{ok, false, false}, row{failed, true, true}, row{ended(final_state::signalled), true, true},
          row{ended(final_state::no_status, fate_unknown), true, true},
          row{ended(final_state::lost, fate_unknown), true, true}, row{late, true, true},
          row{never_reached, true, false}, row{unreachable, true, false},
          row{ended(final_state::failed, command_fate::not_sent), true, false},
          row{ended(final_state::lost, command_fate::not_sent), true, false},
          row{ended(final_state::host_key, command_fate::not_sent), true, false},
          row{ended(final_state::auth, command_fate::not_sent), true, false},
          row{ended(final_state::refused, command_fate::not_sent), true, false},
          row{ended(final_state::stopped), false, false}, row{not_started, false, false}}) {
        CAPTURE(to_string(host.state), to_string(host.command));
        CHECK(counts_as_failure(host, halt_on::any) == any);
        CHECK(counts_as_failure(host, halt_on::command) == command);
    }
}

TEST_CASE("the exit code: the first row that applies") {
    struct row {
        std::vector<host_result> hosts;
        int code;
    };
    std::vector<row> const table = {
        {{ok, ok}, 0},
        {{ok, failed}, 1},
        {{ok, ended(final_state::signalled)}, 1},
        {{ok, ended(final_state::no_status, command_fate::unknown)}, 1},
        {{ok, ended(final_state::lost, command_fate::unknown)}, 1},
        {{ok, ended(final_state::stopped)}, 1},
        {{ok, late}, 1},
        {{ok, never_reached}, 3},
        {{ok, unreachable}, 3},
        {{ok, ended(final_state::host_key, command_fate::not_sent)}, 3},
        {{ok, ended(final_state::auth, command_fate::not_sent)}, 3},
        {{ok, ended(final_state::refused, command_fate::not_sent)}, 3},
        {{ok, not_started}, 1},
        {{unreachable, not_started}, 3},
        {{unreachable, failed}, 1},
    };
    for (auto const& [hosts, code] : table) {
        CAPTURE(to_string(hosts.back().state));
        CHECK(exit_code(of(hosts)) == code);
    }
}

TEST_CASE("the exit code as the largest remote status") {
    struct row {
        std::vector<host_result> hosts;
        int code;
    };
    std::vector<row> const table = {
        {{ok, ok}, 0},
        {{failed, with_status(final_state::failed, 3)}, 7},
        {{with_status(final_state::failed, 300)}, 255},
        {{with_signal(final_state::signalled, "TERM")}, 143},
        {{with_signal(final_state::signalled, "KILL"), failed}, 137},
        {{with_signal(final_state::signalled, "a name of its own")}, 128},
        {{late, failed}, 124},
        {{late, unreachable}, 255},
        {{never_reached, failed}, 255},
        {{ended(final_state::no_status, command_fate::unknown)}, 255},
        {{ended(final_state::lost, command_fate::unknown)}, 255},
        {{ok, not_started}, 1},
        {{with_status(final_state::ok, 5)}, 0},
        {{with_status(final_state::failed, 0)}, 1},   // 0 is no success where ok_status says so
        {{with_status(final_state::stopped, 0)}, 1},  // it ended well, but only because it was stopped
    };
    for (auto const& [hosts, code] : table) {
        CAPTURE(to_string(hosts.front().state), code);
        CHECK(exit_code(of(hosts), true) == code);
    }
}

TEST_CASE("a report as exceptions: one for each host that is not ok, in order, with its cause") {
    auto broken = unreachable;
    broken.host = "web2";
    broken.stage = stage::connect;
    broken.error = "refused";
    broken.cause = std::make_exception_ptr(std::runtime_error("errno 111"));
    auto const group = exceptions(of({ok, broken, not_started}));
    REQUIRE(group.exceptions().size() == 2);
    try {
        std::rethrow_exception(group.exceptions()[0]);
    } catch (host_error const& error) {
        CHECK(error.host() == "web2");
        CHECK(error.state() == final_state::unreachable);
        CHECK(error.stage() == stage::connect);
        CHECK(std::string(error.what()) == "web2: connect: refused");
        CHECK_THROWS_AS(std::rethrow_if_nested(error), std::runtime_error);
    }
    try {
        std::rethrow_exception(group.exceptions()[1]);
    } catch (host_error const& error) {
        CHECK(error.state() == final_state::not_started);
        CHECK(std::string(error.what()) == "web1: not started");
        CHECK_NOTHROW(std::rethrow_if_nested(error));
    }
}

TEST_CASE("a report in which all is well has no exceptions") {
    CHECK(exceptions(of({ok, ok})).exceptions().empty());
    CHECK(of({ok, ok}).ok());
    CHECK_FALSE(of({ok, not_started}).ok());
    CHECK(of({ok, failed, failed}).count(final_state::failed) == 2);
}
