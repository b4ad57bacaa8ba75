// SPDX-License-Identifier: MIT
// Signals that come twice for one reason.
#include "cli/process/signals.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace muster::cli;
using namespace std::chrono_literals;

TEST_CASE("A signal that comes once more at once is its echo, and a key pressed twice is not") {
    signal_state state;
    std::chrono::steady_clock::time_point const begin{100s};
    CHECK_FALSE(is_echo(SIGINT, begin, state));
    CHECK(is_echo(SIGINT, begin + 49ms, state));
    CHECK_FALSE(is_echo(SIGINT, begin + 50ms, state));
    CHECK_FALSE(is_echo(SIGTERM, begin + 60ms, state));
    CHECK(is_echo(SIGTERM, begin + 1s, state));
    CHECK_FALSE(is_echo(SIGTERM, begin + 1061ms, state));
    CHECK_FALSE(is_echo(SIGHUP, begin + 1061ms, state));
}
