// SPDX-License-Identifier: MIT
// How the commands of a server can be signalled.
#include "ssh/connection/signal_way.hpp"

#include <catch2/catch_test_macros.hpp>

using muster::ssh::signal_way;
using muster::ssh::tells_forced_command;
using muster::ssh::way_to_signal;

TEST_CASE("the way of a signal follows from the server's version and the login") {
    struct row {
        char const* banner;
        char const* user;
        signal_way way;
    };
    for (auto const& [banner, user, way] : {
             row{"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "deploy", signal_way::request},
             row{"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "root", signal_way::channel},
             row{"SSH-2.0-OpenSSH_9.7", "root", signal_way::channel},
             row{"SSH-2.0-OpenSSH_9.8", "root", signal_way::request},
             row{"SSH-2.0-OpenSSH_10.0p2 Debian-7", "root", signal_way::request},
             row{"SSH-2.0-OpenSSH_7.8", "deploy", signal_way::channel},
             row{"SSH-2.0-OpenSSH_7.9", "deploy", signal_way::request},
             row{"SSH-2.0-OpenSSH_for_Windows_8.1", "root", signal_way::request},
             row{"SSH-2.0-dropbear_2022.83", "root", signal_way::request},
             row{"SSH-2.0-OpenSSH_", "root", signal_way::request},
             row{"SSH-2.0-OpenSSH_9", "root", signal_way::request},
             row{"", "root", signal_way::request},
         }) {
        CAPTURE(banner, user);
        CHECK(way_to_signal(banner, user) == way);
    }
}

TEST_CASE("a key that runs a command of its own is told by OpenSSH's debug message") {
    CHECK(tells_forced_command("/home/me/.ssh/authorized_keys:1: key options: agent-forwarding command pty user-rc"));
    CHECK(tells_forced_command("key options: command"));
    CHECK(tells_forced_command("Forced command."));
    CHECK_FALSE(tells_forced_command("/home/me/.ssh/authorized_keys:1: key options: agent-forwarding pty user-rc"));
    CHECK_FALSE(tells_forced_command("a command of some sort"));
    CHECK_FALSE(tells_forced_command("key options: commander"));
}
