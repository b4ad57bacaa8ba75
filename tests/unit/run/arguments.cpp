// SPDX-License-Identifier: MIT
// What async_run and run take and what they refuse; the version; what a failed host's exception tells.
#include <muster/async_run.hpp>
#include <muster/coro/runner.hpp>
#include <muster/muster.hpp>

#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/paths.hpp"

using namespace muster;

namespace {

template <class Where, class Work, class How>
concept can_run = requires(Where&& where, Work&& work, How&& how, sink& told) {
    async_run(std::forward<Where>(where), std::forward<Work>(work), std::forward<How>(how), told);
};

using hosts = std::vector<endpoint>;

endpoint labelled(std::string label) {
    endpoint host;
    host.label = std::move(label);
    return host;
}

}  // namespace

TEST_CASE("async_run takes objects with names and no temporaries", "[run]") {
    static_assert(can_run<hosts const&, job const&, options const&>);
    static_assert(can_run<hosts&, job&, options&>);
    static_assert(!can_run<hosts, job const&, options const&>);
    static_assert(!can_run<hosts const&, job, options const&>);
    static_assert(!can_run<hosts const&, job const&, options>);
    static_assert(!can_run<hosts const&, job const, options const&>);
}

TEST_CASE("two endpoints with one label are refused", "[run]") {
    hosts const twice{labelled("a"), labelled("b"), labelled("a")};
    job const job{"true"};
    options const options;
    null_sink sink;
    CHECK_THROWS_AS(run(twice, job, options, sink), std::invalid_argument);
    CHECK_THROWS_AS(async_run(twice, job, options, sink), std::invalid_argument);
}

TEST_CASE("a job for each endpoint: neither fewer nor more", "[run]") {
    hosts const three{labelled("a"), labelled("b"), labelled("c")};
    options const options;
    null_sink sink;
    for (std::size_t count : {0U, 1U, 2U, 4U}) {
        std::vector<job> const jobs(count, job("true"));
        CHECK_THROWS_AS(async_run(three, jobs, options, sink), std::invalid_argument);
    }
}

TEST_CASE("options and texts that make no sense are refused before anything is tried", "[run]") {
    hosts const one{labelled("a")};
    null_sink sink;
    options how;
    job work("true");
    SECTION("no status that is good") {
        how.ok_status.clear();
    }
    SECTION("a preflight of more hosts than there are") {
        how.rollout.preflight = 2;
    }
    SECTION("a threshold of failures that is no number over 0") {
        how.halt.fail = GENERATE(0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                                 -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity());
    }
    SECTION("a share of failures that there can't be") {
        how.halt.percent = true;
        how.halt.fail = GENERATE(0.0, -1.0, 100.5, std::numeric_limits<double>::quiet_NaN());
    }
    SECTION("a status that no command can have") {
        how.ok_status = {0, 256};
    }
    SECTION("a negative limit") {
        auto const limit = GENERATE(&options::connect_timeout, &options::command_timeout, &options::total_timeout,
                                    &options::grace, &options::linger);
        how.*limit = std::chrono::nanoseconds(-1);
    }
    SECTION("a NUL byte in the command") {
        work = job(std::string("true\0false", 10));
    }
    SECTION("a NUL byte in a variable") {
        work.command().environment.emplace_back("NAME", std::string("a\0b", 3));
    }
    SECTION("a NUL byte in a path") {
        pull_step pull;
        pull.from = std::string("a\0b", 3);
        work = job(std::vector<job_step>{pull});
    }
    SECTION("a lease that expires at once") {
        work.command().lease = lease_terms{.expires = std::chrono::seconds(0)};
    }
    SECTION("a check in the past") {
        check_step check(step("true"));
        check.within = std::chrono::seconds(-1);
        work = job(std::vector<job_step>{check});
    }
    CHECK_THROWS_AS(run(one, work, how, sink), std::invalid_argument);
    CHECK_THROWS_AS(coro::run(async_run(one, work, how, sink)), std::invalid_argument);
}

TEST_CASE("endpoints that make no sense are refused before anything is tried", "[run]") {
    hosts one{labelled("a")};
    SECTION("no label") {
        one[0].label.clear();
    }
    SECTION("a label that speaks to the terminal") {
        one[0].label = "a\033[2J";
    }
    SECTION("a negative limit") {
        one[0].settings.change().connect_timeout = std::chrono::seconds(-5);
    }
    SECTION("a negative limit of a jump host") {
        auto jump = labelled("jump");
        jump.settings.change().alive_interval = std::chrono::seconds(-1);
        one[0].settings.change().jump = std::make_shared<endpoint const>(jump);
    }
    null_sink sink;
    CHECK_THROWS_AS(run(one, job("true"), options(), sink), std::invalid_argument);
}

TEST_CASE("what a user leaves out of braces has its default, and nothing warns", "[run]") {
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wmissing-field-initializers"
    options const how{.fanout = 3, .halt = {.when = halt_when::soon}};
    ssh_settings const settings{.port = std::uint16_t{2222}};
    endpoint const host{.label = "a", .port = 2222};
    identity_file const key{.required = true};
#pragma GCC diagnostic pop
    CHECK(how.connect_limit == 64);
    CHECK(settings.user.empty());
    CHECK(host.address.empty());
    CHECK(key.path.empty());
}

TEST_CASE("a negative limit in the settings is refused", "[run]") {
    ssh_settings settings;
    settings.config_file = "none";
    settings.connect_timeout = std::chrono::seconds(-1);
    CHECK_THROWS_AS(resolve(parse_hosts("a"), settings), std::invalid_argument);
}

TEST_CASE("a host's exception without a stage or a reason says its state in words", "[run]") {
    report results;
    results.hosts.resize(1);
    results.hosts[0].host = "web2";
    results.hosts[0].state = final_state::not_started;
    try {
        throw_if_failed(results);
        FAIL("nothing was thrown");
    } catch (coro::exception_group const& failures) {
        CHECK(std::string(failures.what()) == "1 error: web2: not started");
    }
}

TEST_CASE("no public header brings a using-directive, such as chrono's literals, along", "[run]") {
    auto const folder = std::filesystem::path(test::source_dir) / "include/muster";
    int headers = 0;
    for (auto const& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (file.path().extension() != ".hpp") continue;
        ++headers;
        std::ifstream in(file.path());
        std::stringstream text;
        text << in.rdbuf();
        INFO(file.path());
        CHECK(text.str().find("using namespace") == std::string::npos);
    }
    CHECK(headers > 40);
}

TEST_CASE("the version of the library is that of the headers", "[run]") {
    std::ostringstream text;
    text << MUSTER_VERSION_MAJOR << "." << MUSTER_VERSION_MINOR << "." << MUSTER_VERSION_PATCH;
    CHECK(library_version() == text.str());
}

TEST_CASE("a failed host's exception tells status, signal and whether the command has ended", "[run]") {
    report results;
    results.hosts.resize(3);
    results.hosts[0].host = "fine";
    results.hosts[0].state = final_state::ok;
    results.hosts[1].host = "fails";
    results.hosts[1].state = final_state::failed;
    results.hosts[1].command = command_fate::ended;
    results.hosts[1].status = 7;
    results.hosts[2].host = "gone";
    results.hosts[2].state = final_state::signalled;
    results.hosts[2].command = command_fate::unknown;
    results.hosts[2].signal = "KILL";
    std::string seen;
    auto note = [&](host_error const& error) {
        seen += error.host() + " " + std::to_string(error.command().status.value_or(0)) + " " + error.command().signal +
                " " + std::string(to_string(error.command().fate)) + "; ";
    };
    try {
        throw_if_failed(results);
        FAIL("nothing was thrown");
    } catch (coro::exception_group const& failures) {
        CHECK(failures.split<host_error>(note).empty());
    }
    CHECK(seen == "fails 7  ended; gone 0 KILL unknown; ");
    results.hosts.resize(1);
    CHECK_NOTHROW(throw_if_failed(results));
}
