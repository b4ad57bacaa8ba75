// SPDX-License-Identifier: MIT
// Looking for living process groups: one pass for many who ask, and not too many passes.
#include "process/groups.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <thread>

using muster::process::groups;
using namespace std::chrono_literals;

namespace {

/// A process in a group of its own, killed at the end.
class sleeper {
  public:
    sleeper() : id_(::fork()) {
        if (id_ == 0) {
            for (;;) ::pause();
        }
        ::setpgid(id_, id_);
    }
    ~sleeper() { end(); }
    sleeper(sleeper const&) = delete;
    sleeper& operator=(sleeper const&) = delete;

    pid_t id() const { return id_; }
    /// It stays a zombie, which does not count.
    void die() const {
        ::kill(id_, SIGKILL);
        siginfo_t found{};
        ::waitid(P_PID, static_cast<id_t>(id_), &found, WEXITED | WNOWAIT);
    }

  private:
    void end() const {
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }

    pid_t id_;
};

}  // namespace

TEST_CASE("a pass answers all whose question is older, and another one has to wait") {
    sleeper const first, second;
    groups known;
    auto const moment = groups::clock::now();
    CHECK(known.may_live(first.id(), moment));
    auto const passed = known.last_pass();
    CHECK(passed > moment);
    first.die();
    second.die();
    CHECK(known.may_live(second.id(), moment));  // as that pass has seen it
    CHECK(known.last_pass() == passed);
    bool const too_early = known.may_live(first.id(), passed + 1ns) && known.last_pass() == passed;
    auto const until = groups::clock::now() + 60s;
    while (known.may_live(first.id(), passed + 1ns) && groups::clock::now() < until) std::this_thread::sleep_for(1ms);
    CHECK(too_early);
    CHECK_FALSE(known.may_live(first.id(), passed + 1ns));
    CHECK_FALSE(known.may_live(second.id(), passed + 1ns));
    auto const again = known.last_pass();
    CHECK(again > passed);
}
