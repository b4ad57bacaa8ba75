// SPDX-License-Identifier: MIT
// Names of SSH's messages.
#include "ssh/bytes/message_name.hpp"

#include <catch2/catch_test_macros.hpp>

using muster::ssh::message_name;

TEST_CASE("a message has the name of its RFC, a number of a method its layer, any other only its number") {
    CHECK(message_name(20) == "KEXINIT");
    CHECK(message_name(50) == "USERAUTH_REQUEST");
    CHECK(message_name(94) == "CHANNEL_DATA");
    CHECK(message_name(30) == "KEX 30");
    CHECK(message_name(60) == "USERAUTH 60");
    CHECK(message_name(0) == "message 0");
    CHECK(message_name(255) == "message 255");
}
