// SPDX-License-Identifier: MIT
// The messages of SSH, as a listener sees them.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <muster/run.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;

namespace {

using strings = std::vector<std::string>;

/// The names stand in this order, perhaps with others between them.
bool has_in_order(strings const& all, strings const& wanted) {
    auto next = wanted.begin();
    for (auto const& each : all)
        if (next != wanted.end() && each == *next) ++next;
    return next == wanted.end();
}

}  // namespace

TEST_CASE("each message of a connection is told, in order, by name, direction and length") {
    ssh_fleet const fleet;
    strings messages;
    std::size_t data = 0;
    std::size_t empty = 0;
    login_hooks hooks;
    hooks.message = [&](std::string const& host, bool outgoing, std::string const& name, std::size_t length) {
        CHECK(host == "h1");
        messages.push_back((outgoing ? "sent " : "received ") + name);
        if (length == 0) ++empty;
        if (!outgoing && name == "CHANNEL_DATA") data += length;
    };
    std::vector<endpoint> const alone{fleet.one()};
    job const job{"printf %05000d 1"};
    null_sink sink;
    auto const results = run(alone, job, patient(), sink, {}, hooks);
    CHECK(results.ok());
    CHECK(empty == 0);
    CHECK(data >= 5000 + 9);  // number, channel and size before the bytes: RFC 4254 section 5.2
    CHECK(data < 5500);
    CHECK(
        has_in_order(messages, {"sent KEXINIT", "sent KEX 30", "received KEX 31", "sent NEWKEYS",
                                "sent SERVICE_REQUEST", "sent USERAUTH_REQUEST", "received SERVICE_ACCEPT",
                                "received USERAUTH_SUCCESS", "sent CHANNEL_OPEN", "received CHANNEL_OPEN_CONFIRMATION",
                                "sent CHANNEL_REQUEST", "received CHANNEL_DATA", "received CHANNEL_CLOSE"}));
    CHECK(std::ranges::count(messages, "received KEXINIT") == 1);
    CHECK(std::ranges::count(messages, "received NEWKEYS") == 1);
    // The only key signs at once, behind the wish for the service: one round trip where there were three.
    CHECK(std::ranges::count(messages, "sent USERAUTH_REQUEST") == 1);
}
