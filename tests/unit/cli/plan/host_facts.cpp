// SPDX-License-Identifier: MIT
// Groups and values of hosts, as batches ask for them.
#include "cli/plan/host_facts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "cli/hosts/targets.hpp"

using namespace muster;
using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

using strings = std::vector<std::string>;

arguments with_inventory() {
    arguments args;
    args.inventories = {
        R"(echo '[{"host":"r1n1","rack":1,"groups":["a","b"]},{"host":"r2n1","rack":"two"},"r2n2"]' |)"};
    return args;
}

}  // namespace

TEST_CASE("a key is a variable of the inventory, a source of groups, or a part of the name") {
    auto const args = with_inventory();
    host_sources sources(args, [](char const*) -> char const* { return nullptr; });
    auto const hosts = parse_hosts("root@r1n1:22,r2n1,r2n2");
    CHECK(values_of("rack", hosts, sources) == strings{"1", "two", ""});
    CHECK(values_of("@inventory", hosts, sources) == strings{"a,b", "", ""});
    CHECK(values_of("name:r([0-9]+)", hosts, sources) == strings{"1", "2", "2"});
    CHECK(values_of("name:^r[0-9]", hosts, sources) == strings{"r1", "r2", "r2"});
    CHECK(groups_of(hosts, sources) == std::vector<strings>{{"a", "b"}, {}, {}});
    CHECK_THROWS_MATCHES(values_of("rak", hosts, sources), target_error,
                         MessageMatches(ContainsSubstring("no host has a value for it")));
    CHECK_THROWS_MATCHES(values_of("@none", hosts, sources), target_error,
                         MessageMatches(ContainsSubstring("no group source none")));
    CHECK_THROWS_AS(values_of("name:(", hosts, sources), target_error);
}
