// SPDX-License-Identifier: MIT
// The values of options, good and bad.
#include "cli/options/values.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <utility>

using namespace muster;
using namespace muster::cli;
using namespace std::chrono_literals;

TEST_CASE("a time is seconds, or has a unit") {
    using row = std::pair<char const*, std::chrono::nanoseconds>;
    auto const [text, time] =
        GENERATE(row{"10", 10s}, row{"0", 0s}, row{"0.5", 500ms}, row{"1.5s", 1500ms}, row{"500ms", 500ms},
                 row{"2m", 2min}, row{"1h", 1h}, row{"0.001", 1ms}, row{"010", 10s}, row{"8784h", 8784h},
                 row{"1d", 24h}, row{"5min", 5min}, row{"30sec", 30s});
    CAPTURE(text);
    CHECK(to_duration(text) == time);
}

TEST_CASE("what is no time is refused") {
    std::string const text = GENERATE("", "abc", "-1", "+1", "1e3", "inf", "nan", "s", ".5", "5 s", " 5", "5w", "367d",
                                      "1h30m", "0x10", "8785h", "99999999999999999999", "1.2.3");
    CAPTURE(text);
    CHECK_THROWS_AS(to_duration(text), bad_value);
}

TEST_CASE("a number has digits only and stays in its range") {
    CHECK(to_number("0", 0, 10) == 0);
    CHECK(to_number("65535", 1, 65535) == 65535);
    CHECK(to_number("010", 0, 10) == 10);
    std::string const text =
        GENERATE("", "-1", "+1", "0x1", "1.0", "1 ", " 1", "11", "18446744073709551616", "abc", "0");
    CAPTURE(text);
    CHECK_THROWS_AS(to_number(text, 1, 10), bad_value);
}

TEST_CASE("exit statuses have commas between them") {
    CHECK(to_statuses("0") == std::vector<std::uint32_t>{0});
    CHECK(to_statuses("0,1,255") == std::vector<std::uint32_t>{0, 1, 255});
    std::string const text = GENERATE("", ",", "0,", ",0", "0,,1", "a", "0 ,1", "-1", "256", "300");
    CAPTURE(text);
    CHECK_THROWS_AS(to_statuses(text), bad_value);
}

TEST_CASE("a halt policy has a time and a threshold") {
    CHECK(to_halt("never").when == halt_when::never);
    CHECK(to_halt("soon").when == halt_when::soon);
    CHECK(to_halt("batch,fail=2").when == halt_when::batch);
    auto const policy = to_halt("now");
    CHECK((policy.when == halt_when::now && policy.fail == 1 && !policy.percent));
    auto const three = to_halt("soon,fail=3");
    CHECK((three.when == halt_when::soon && three.fail == 3 && !three.percent));
    auto const share = to_halt("now,fail=2.5%");
    CHECK((share.when == halt_when::now && share.fail == 2.5 && share.percent));
    CHECK(to_halt("now,fail=100%").fail == 100);
}

TEST_CASE("what is no halt policy is refused") {
    std::string const text = GENERATE("", "later", "now,", "now,fail", "now,fail=", "now,fail=0", "now,fail=-1",
                                      "now,fail=1.5", "now,fail=0%", "now,fail=101%", "now,fail=%", "now,fail=x%",
                                      "now,fail=1%%", "now,success=1", "never,fail=1", "now,fail=1,x");
    CAPTURE(text);
    CHECK_THROWS_AS(to_halt(text), bad_value);
}

TEST_CASE("a variable says yes or no to a switch") {
    for (auto const* const yes : {"1", "true", "YES", "on"}) CHECK(to_switch(yes));
    for (auto const* const no : {"0", "False", "no", "OFF"}) CHECK_FALSE(to_switch(no));
    CHECK_THROWS_AS(to_switch("maybe"), bad_value);
}
