// SPDX-License-Identifier: MIT
// How much libssh2 may allocate.
#include "ssh/connection/memory_budget.hpp"

#include <catch2/catch_test_macros.hpp>

using muster::ssh::memory_budget;

TEST_CASE("a call has a limit of its own, which the next call begins anew") {
    memory_budget small(0);
    for (int call = 0; call < 3; ++call) {
        small.begin_call();
        for (int block = 0; block < 4; ++block) CHECK(small.grant(memory_budget::call_limit / 4, 0));
    }
    CHECK_FALSE(small.grant(1, 0));
}

TEST_CASE("what the session holds is limited, and each channel adds to it") {
    memory_budget budget(0);
    CHECK(budget.grant(1, memory_budget::login_limit - 1));
    budget.add_channel();
    CHECK(budget.grant(1, memory_budget::login_limit + memory_budget::channel_limit - 1));
    budget.drop_channel();
    CHECK_FALSE(budget.grant(1, memory_budget::login_limit));
}

TEST_CASE("a large window makes a channel's share larger") {
    memory_budget budget(memory_budget::channel_limit);
    budget.add_channel();
    CHECK(budget.grant(1, memory_budget::login_limit + 4 * memory_budget::channel_limit - 1));
}

TEST_CASE("what was refused once is refused for good") {
    memory_budget budget(0);
    CHECK_FALSE(budget.grant(1, memory_budget::login_limit));
    budget.begin_call();
    CHECK_FALSE(budget.grant(1, 0));
    CHECK(budget.exhausted());
}
