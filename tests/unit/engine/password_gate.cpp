// SPDX-License-Identifier: MIT
// A password is tried by one host first, and a trial without an answer is the last.
#include "engine/host/password_gate.hpp"

#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>

using muster::password_gate;

namespace {

/// Notes "1+" for host 1 that may send the password and "1-" for one that may not.
class asked_hosts {
  public:
    void ask(std::size_t host) {
        gate.ask(host, [this, host](bool may) { answers += std::to_string(host) + (may ? "+" : "-"); });
    }

    password_gate gate;
    std::string answers;
};

}  // namespace

TEST_CASE("password gate: the first host tries it, and the others get it when that one has taken it") {
    asked_hosts hosts;
    for (std::size_t const host : {4U, 1U, 2U}) hosts.ask(host);
    CHECK(hosts.answers == "4+");
    hosts.gate.accepted(4);
    hosts.gate.leave(4);
    hosts.ask(3);
    CHECK(hosts.answers == "4+1+2+3+");
    CHECK_FALSE(hosts.gate.refused_by());
}

TEST_CASE("password gate: what one host did not take no other gets") {
    asked_hosts hosts;
    hosts.ask(0);
    hosts.ask(1);
    hosts.gate.refused(0);
    hosts.gate.leave(0);
    hosts.ask(2);
    CHECK(hosts.answers == "0+1-2-");
    CHECK(hosts.gate.refused_by() == 0U);
    CHECK_FALSE(hosts.gate.is_unanswered());
}

TEST_CASE("password gate: a host that has the password and ends without an answer was the last to get it") {
    asked_hosts hosts;
    hosts.ask(0);
    hosts.ask(1);
    hosts.gate.leave(0);
    hosts.gate.leave(1);
    hosts.ask(2);
    hosts.gate.accepted(1);
    hosts.ask(0);
    CHECK(hosts.answers == "0+1-2-0-");
    CHECK(hosts.gate.refused_by() == 0U);
    CHECK(hosts.gate.is_unanswered());
}

TEST_CASE("password gate: a host that waits may leave, and learns nothing more") {
    asked_hosts hosts;
    hosts.ask(0);
    hosts.ask(1);
    hosts.gate.leave(1);
    hosts.gate.accepted(0);
    CHECK(hosts.answers == "0+");
    CHECK_FALSE(hosts.gate.is_unanswered());
}
