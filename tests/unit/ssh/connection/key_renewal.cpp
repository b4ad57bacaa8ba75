// SPDX-License-Identifier: MIT
// When keys are old: by bytes, by packets, by time.
#include <catch2/catch_test_macros.hpp>

#include "ssh/connection/key_renewal.hpp"

using namespace muster;
using namespace std::chrono_literals;
using ssh::key_renewal;

namespace {

constexpr key_renewal::clock::time_point start{};
constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

}  // namespace

TEST_CASE("keys are changed by 1 GB and by 2^31 packets at the latest") {
    for (auto const bytes : {std::uint64_t{0}, 5 * gib}) {
        key_renewal keys({bytes, 0s}, start);
        CHECK(!keys.is_due({gib - 1, 1, 1}, start));
        CHECK(keys.is_due({gib, 1, 1}, start));
        CHECK(!keys.is_due({1, (1U << 31U) - 1, 1}, start));
        CHECK(keys.is_due({1, 1U << 31U, 1}, start));
        CHECK(!keys.is_due({1, 1, 1}, start + 10'000h));
    }
}

TEST_CASE("keys are changed when they have done what the user allows, but each set is good for a packet") {
    key_renewal keys({1000, 0s}, start);
    CHECK(!keys.is_due({999, 1, 1}, start));
    CHECK(keys.is_due({1000, 1, 1}, start));
    CHECK(!key_renewal({1, 1s}, start).is_due({0, 0, 1}, start + 1h));
}

TEST_CASE("keys are changed so long after the last change, whoever began that") {
    key_renewal keys({0, 10s}, start);
    CHECK(!keys.is_due({1, 1, 1}, start));
    CHECK(keys.next_look(start) == start + 10s);
    CHECK(keys.is_due({1, 1, 1}, start + 10s));
    CHECK(!keys.is_due({1, 1, 2}, start + 12s));  // there are new ones
    CHECK(keys.next_look(start + 12s) == start + 22s);
    CHECK(!keys.is_due({1, 1, 2}, start + 21s));
    CHECK(keys.is_due({1, 1, 2}, start + 22s));
}

TEST_CASE("nobody looks at old keys again and again while nothing goes through") {
    key_renewal const keys({0, 10s}, start);
    CHECK(keys.next_look(start + 10s) == key_renewal::clock::time_point::max());
    CHECK(key_renewal({0, 0s}, start).next_look(start) == key_renewal::clock::time_point::max());
}

TEST_CASE("keys that may grow old without end are never due") {
    key_renewal keys({0, std::chrono::seconds::max()}, start);
    CHECK(!keys.is_due({1, 1, 1}, start + 10'000h));
    CHECK(keys.next_look(start) == key_renewal::clock::time_point::max());
}
