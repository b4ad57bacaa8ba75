// SPDX-License-Identifier: MIT
// The engine and the input: one that fails ends the run, one that does not is no matter of the engine's.
#include "fleet.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <muster/input.hpp>

using namespace engine_test;
using muster::command_input;
using muster::input_error;
using muster::run_error;

namespace {

/// A pipe that could not be kept anywhere.
std::shared_ptr<command_input> failed_input() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    ::setenv("TMPDIR", "/nonexistent", 1);
    auto input = command_input::of_descriptor(ends[0], "standard input");
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    std::string const piece(4096, 'x');
    while (input->failure().empty()) {  // more than memory keeps
        if (::write(ends[1], piece.data(), piece.size()) < 0) std::this_thread::yield();
    }
    ::unsetenv("TMPDIR");
    ::close(ends[0]);
    ::close(ends[1]);
    return input;
}

}  // namespace

TEST_CASE("an input that fails stops every host, and is the run's error, once") {
    fleet all(10);
    all.how.fanout = 4;
    all.work.command().input = failed_input();
    try {
        all.run();
        FAIL("no run_error");
    } catch (run_error const& error) {
        auto const& results = error.results();
        CHECK(all.broken_rules(results) == "");
        CHECK(results.cause == stop_cause::fault);
        CHECK(results.count(final_state::ok) == 0);
        std::size_t faults = 0;
        auto const rest = error.causes().split<input_error>([&](input_error const& error) {
            ++faults;
            CHECK(std::string(error.what()).find("standard input: can't be kept") == 0);
        });
        CHECK(faults == 1);
        CHECK(rest.empty());
    }
}

TEST_CASE("an input that is still open when every host has ended is not waited for") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    fleet all(3);
    all.work.command().input = command_input::of_descriptor(ends[0], "standard input");
    auto const results = all.run();
    CHECK(all.broken_rules(results) == "");
    CHECK(results.ok());
    all.work.command().input.reset();
    ::close(ends[0]);
    ::close(ends[1]);
}
