// SPDX-License-Identifier: MIT
// What a server sends on a channel that has no room for it any more, or is closed.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include <muster/run.hpp>

#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("what comes behind a channel's close is not the command's") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    for (auto const* const name : {"data-after-close", "status-after-close", "all-after-close"}) {
        auto const result = run_on(rogues.at(name), "true", patient());
        CAPTURE(name);
        CHECK(result.out == "hello\n");
    }
}

TEST_CASE("bytes beyond the window end the connection, and are no part of a success") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    std::vector<endpoint> where(128, fleet.one());  // so many hosts have small windows
    for (auto& endpoint : where) {
        endpoint.label += std::to_string(&endpoint - where.data());
        endpoint.error = "not tried";
    }
    where[0] = rogues.at("beyond-window");
    null_sink sink;
    auto const result = run(where, job{"true"}, patient(), sink).hosts.front();
    CHECK(ending(result) == "lost unknown command");
    CHECK_THAT(error_message(result), ContainsSubstring("the server sent more than the window allows"));
    CHECK(result.out.starts_with("hello\n"));
}
