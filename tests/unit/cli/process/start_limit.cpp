// SPDX-License-Identifier: MIT
// What ends the program before its first host begins.
#include "cli/process/start_limit.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>

#include "cli/process/signals.hpp"

using namespace muster::cli;
using namespace std::chrono_literals;

namespace {

/// How a child process ends that does this and is then busy for a minute.
int end_of(std::function<void(start_limit&)> const& work, std::chrono::nanoseconds total) {
    auto const child = ::fork();
    if (child == 0) {
        note_beginning();
        start_limit limit(total);
        work(limit);
        ::sleep(60);
        ::_exit(77);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a signal that is held ends a program that makes many hosts ready") {
    auto const interrupted = [](start_limit& limit) {
        hold_signals();
        limit.take_signals(ending_signals(), 1'000'000);
        ::kill(::getpid(), SIGINT);
    };
    CHECK(end_of(interrupted, 0s) == -SIGINT);
    CHECK(end_of(interrupted, 1h) == -SIGINT);
}

TEST_CASE("once a host may begin, neither a signal nor the limit ends the program here") {
    auto const begun = [](start_limit& limit) {
        hold_signals();
        limit.take_signals(ending_signals(), 1'000'000);
        limit.over();
        ::kill(::getpid(), SIGINT);
        ::usleep(100'000);
        ::_exit(5);
    };
    CHECK(end_of(begun, 50ms) == 5);
}

TEST_CASE("the limit ends the program with status 1, but not while the user is asked") {
    CHECK(end_of([](start_limit&) {}, 50ms) == 1);
    auto const asked = [](start_limit& limit) {
        start_limit::standing const clock(limit);
        ::usleep(300'000);
        ::_exit(5);
    };
    CHECK(end_of(asked, 200ms) == 5);
}

TEST_CASE("an empty record is removed when the limit passes") {
    auto const name = "/tmp/muster-start-limit-" + std::to_string(::getpid());
    std::ofstream{name};
    CHECK(end_of([&](start_limit& limit) { limit.remove_if_empty(name); }, 200ms) == 1);
    CHECK(::access(name.c_str(), F_OK) != 0);
}
