// SPDX-License-Identifier: MIT
// Jump hosts that show another host key while they carry connections.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <string>

#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a jump host that shows another key is named, and the hosts behind it end in host_key") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto const* const name = GENERATE("jump-other-host-key-early", "jump-other-host-key-late");
    auto jump = rogues.at(name);
    jump.label = "bastion";
    auto host = fleet.one();
    host.settings.change().jump = std::make_shared<endpoint const>(std::move(jump));
    auto const result = run_on(host, "head -c 300000 /dev/zero; exec sleep 1000", patient());
    CAPTURE(name, result.out.size());
    CHECK(result.state == final_state::host_key);
    CHECK(result.stage == stage::host_key);
    CHECK((result.command == command_fate::not_sent) == result.out.empty());
    CHECK_THAT(result.error, ContainsSubstring("jump host bastion"));
    CHECK_THAT(result.error, ContainsSubstring("HOST KEY CHANGED"));
}
