// SPDX-License-Identifier: MIT
// How much each of many servers may send before we have read it.
#include <catch2/catch_test_macros.hpp>

#include "ssh/connection/pump.hpp"

using muster::ssh::pump;

TEST_CASE("a few hosts get the window that ssh gives, many a small one", "[window]") {
    CHECK(pump::window_for(0) == 2 * 1024 * 1024);
    CHECK(pump::window_for(1) == 2 * 1024 * 1024);
    CHECK(pump::window_for(8) == 2 * 1024 * 1024);
    CHECK(pump::window_for(16) == 1024 * 1024);
    CHECK(pump::window_for(128) == 128 * 1024);
    CHECK(pump::window_for(10'000) == 128 * 1024);
}
