// SPDX-License-Identifier: MIT
// The built program on a real sshd: signals from outside, exit codes, and that no remote process is left.
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A fleet whose ssh configuration knows any name that begins with w, too: all are its second host.
struct wide_fleet {
    ssh_fleet fleet{{"h1", "h2"}};
    std::string config = fleet.path("wide_config");

    wide_fleet() {
        write_file(config,
                   "Host w*\n    HostName " + fleet.endpoints()[1].address + "\n" + read_file(fleet.path("config")));
    }
    std::vector<std::string> muster(std::vector<std::string> const& words) const {
        std::vector<std::string> all{program, "-F", config, "-t", "60s", "-f", "0"};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }
    bool running(std::size_t count) const {
        return eventually([&] { return fleet.commands().size() >= count; });
    }
};

using clock = std::chrono::steady_clock;

}  // namespace

TEST_CASE("the program stops twenty commands on the first failure and leaves none") {
    wide_fleet const wide;
    auto const go = wide.fleet.path("go");
    child muster(wide.muster(
        {"-k", "--grace", "5s", "h1,w[1-20]",
         "if [ $NODE = h1 ]; then while [ ! -e " + go + " ]; do sleep 0.1; done; exit 3; fi; exec sleep 1000"}));
    REQUIRE(wide.running(21));
    auto const failed = clock::now();
    write_file(go, "");
    auto const end = muster.wait();
    CHECK(wide.fleet.commands().empty());
    CHECK(clock::now() - failed < 7s);
    CHECK(end.code == 1);
    CAPTURE(muster.err());
    CHECK_THAT(muster.err(), ContainsSubstring("21 hosts: "));
    CHECK_THAT(muster.err(), ContainsSubstring("1 failed"));
    CHECK_THAT(muster.err(), ContainsSubstring("20 stopped"));
    CHECK_THAT(muster.err(), !ContainsSubstring("may still run"));
}

TEST_CASE("Ctrl-C, SIGTERM and SIGHUP stop every remote command, and the program dies of them") {
    auto const signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
    wide_fleet const wide;
    child muster(wide.muster({"--grace", "5s", "w[1-20]", "echo begun; exec sleep 1000"}));
    REQUIRE(wide.running(20));
    REQUIRE(eventually([&] { return muster.out().size() >= 20; }));
    auto const asked = clock::now();
    muster.send(signal);
    auto const end = muster.wait();
    CHECK(wide.fleet.commands().empty());
    CHECK(clock::now() - asked < 7s);
    CAPTURE(muster.err());
    CHECK(end.signal == signal);
    CHECK_THAT(muster.out(), ContainsSubstring("w20: begun\n"));
    CHECK_THAT(muster.err(), ContainsSubstring("20 stopped"));
    CHECK_THAT(muster.err(), !ContainsSubstring("may still run"));
}

TEST_CASE("commands that ignore TERM are killed after the grace when Ctrl-C was pressed") {
    wide_fleet const wide;
    child muster(wide.muster({"--grace", "1s", "w[1-5]", "trap '' TERM; echo begun; sleep 1000; sleep 1000"}));
    REQUIRE(wide.running(10));
    auto const asked = clock::now();
    muster.send(SIGINT);
    auto const end = muster.wait();
    CHECK(wide.fleet.commands().empty());
    CHECK(clock::now() - asked >= 1s);
    CHECK(clock::now() - asked < 4s);
    CHECK(end.signal == SIGINT);
}

TEST_CASE("Ctrl-C twice ends at once and names what may still run") {
    wide_fleet const wide;
    child muster(wide.muster({"--grace", "600s", "w[1-3]", "trap '' TERM; sleep 1000; sleep 1000"}));
    REQUIRE(wide.running(6));
    muster.send(SIGINT);
    REQUIRE(eventually([&] { return muster.err().find("stopping 3 hosts") != std::string::npos; }));
    auto const asked = clock::now();
    CHECK(eventually([&] {  // one that comes too soon after the first is its echo
        muster.send(SIGINT);
        return muster.err().find("may still run: w[1-3]") != std::string::npos;
    }));
    auto const end = muster.wait();
    CHECK(clock::now() - asked < 3s);
    CHECK(end.signal == SIGINT);
    CHECK(eventually([&] { return wide.fleet.commands().empty(); }));
}

TEST_CASE("Ctrl-C while hosts connect leaves nothing either") {
    wide_fleet const wide;
    child muster(wide.muster({"-v", "w[1-60]", "exec sleep 1000"}));
    REQUIRE(wide.running(1));
    muster.send(SIGINT);
    auto const end = muster.wait();
    CHECK(wide.fleet.commands().empty());
    CHECK(end.signal == SIGINT);
    CHECK_THAT(muster.err(), !ContainsSubstring("may still run"));
}

/// What the fleet's server has taken so far.
std::size_t connections(ssh_fleet const& fleet) {
    auto const log = fleet.log();
    std::size_t count = 0;
    for (auto position = log.find("Connection from"); position != log.npos;
         position = log.find("Connection from", position + 1))
        ++count;
    return count;
}

TEST_CASE("exit codes and words of the program for hosts that could not be used") {
    ssh_fleet const fleet({"h1"}, "MaxSessions 0");
    auto const muster = [&](std::vector<std::string> const& words) {
        std::vector<std::string> all{program, "-F", fleet.path("config")};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    };
    child refused(muster({"h1", "true"}));
    CHECK(refused.wait().code == 3);
    CHECK_THAT(refused.err(), ContainsSubstring("h1: session: "));
    child unknown(muster({"-o", "UserKnownHostsFile=/dev/null", "h1", "true"}));
    CHECK(unknown.wait().code == 3);
    CHECK_THAT(unknown.err(), ContainsSubstring("unknown host key ED25519 SHA256:"));
    for (std::string const option : {"UserKnownHostsFile=", "GlobalKnownHostsFile="}) {
        auto const before = connections(fleet);
        child folder(muster({"-o", option + fleet.path(""), "h1", "true"}));
        CHECK(folder.wait().code == 2);
        CHECK_THAT(folder.err(), ContainsSubstring(fleet.path("") + ": Is a directory"));
        CHECK(connections(fleet) == before);
    }
    child unreadable(muster({"-i", fleet.path("nothing"), "h1", "true"}));
    CHECK(unreadable.wait().code == 2);
    CHECK_THAT(unreadable.err(), ContainsSubstring(fleet.path("nothing")));
}
