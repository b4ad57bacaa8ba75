// SPDX-License-Identifier: MIT
// Local commands: input, output, exit, limits, and that nothing of them is left behind.
#include "process/run.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <muster/coro/errors.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>
#include <string>
#include <system_error>
#include <thread>

#include "support/without_pidfd.hpp"

using namespace muster;
using namespace std::chrono_literals;
using process::command;
using process::run_limits;

namespace {

process::run_result result_of(command command, std::string input = {}, run_limits limits = {}) {
    return coro::run(process::run(std::move(command), std::move(input), limits));
}

process::run_result run_shell(std::string text, std::string input = {}, run_limits limits = {}) {
    return result_of(command::shell(std::move(text)), std::move(input), limits);
}

std::size_t open_files() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

bool has_children() {
    return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// Whether the process runs; zombies do not.
bool runs(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    auto const name_end = text.rfind(") ");
    return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

bool ends_soon(pid_t pid) {
    for (auto const limit = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < limit;) {
        if (!runs(pid)) return true;
        std::this_thread::sleep_for(2ms);
    }
    return false;
}

}  // namespace

TEST_CASE("process: both streams and the exit status of a shell command") {
    auto const result = run_shell("printf out; printf err >&2; exit 7");
    CHECK(result.out == "out");
    CHECK(result.err == "err");
    CHECK(result.end.status == 7U);
    CHECK_FALSE(result.end.succeeded());
    CHECK_FALSE(result.timed_out);
    CHECK_FALSE(result.truncated);
}

TEST_CASE("process: a program gets its words as they are, and is found in PATH") {
    auto const result = result_of(command({"printf", "%s|", "a b", "$HOME", "'"}));
    CHECK(result.out == "a b|$HOME|'|");
    CHECK(result.end.succeeded());
}

TEST_CASE("process: the environment is inherited or replaced") {
    ::setenv("MUSTER_TEST_VARIABLE", "inherited", 1);
    auto shell = command::shell("echo $MUSTER_TEST_VARIABLE");
    CHECK(result_of(shell).out == "inherited\n");
    shell.environment = {{"MUSTER_TEST_VARIABLE=replaced"}};
    CHECK(result_of(shell).out == "replaced\n");
}

TEST_CASE("process: the whole input arrives, and then its end") {
    std::string const input(1'000'000, 'x');
    CHECK(run_shell("wc -c", input).out == "1000000\n");
    CHECK(run_shell("wc -c").out == "0\n");
}

TEST_CASE("process: a command that does not read its input raises no signal here") {
    auto* const before = ::signal(SIGPIPE, SIG_DFL);
    CHECK(run_shell("exec <&-; echo done", std::string(1'000'000, 'x')).out == "done\n");
    ::signal(SIGPIPE, before);
}

TEST_CASE("process: output beyond the bound is dropped, and the command still ends") {
    run_limits limits;
    limits.output = 1000;
    auto const result = run_shell("seq 1 100000; seq 1 200000 >&2; exit 3", {}, limits);
    CHECK(result.out.size() == 1000);
    CHECK(result.out.starts_with("1\n2\n3\n"));
    CHECK(result.err.size() == 1000);
    CHECK(result.truncated);
    CHECK(result.end.status == 3U);
}

TEST_CASE("process: a program that does not exist is a system error that names it") {
    std::string message;
    try {
        result_of(command({"/no/such/program"}));
    } catch (std::system_error const& error) {
        message = error.what();
        CHECK(error.code() == std::errc::no_such_file_or_directory);
    }
    CHECK(message.find("/no/such/program") != std::string::npos);
    CHECK_FALSE(has_children());
}

TEST_CASE("process: at the time limit the group gets SIGTERM, and what was written counts") {
    auto const result = run_shell("echo before; sleep 300", {}, run_limits(200ms));
    CHECK(result.timed_out);
    CHECK(result.out == "before\n");
    CHECK(result.end.signal == "TERM");
    CHECK_FALSE(has_children());
}

TEST_CASE("process: a group that ignores SIGTERM gets SIGKILL after the grace") {
    run_limits limits(200ms);
    limits.grace = 100ms;
    auto const result = run_shell("trap '' TERM; sleep 300 & echo $!; sleep 301; sleep 302", {}, limits);
    CHECK(result.timed_out);
    CHECK(result.end.signal == "KILL");
    CHECK(ends_soon(std::stoi(result.out)));
    CHECK_FALSE(has_children());
}

TEST_CASE("process: a cancelled caller leaves no process and no file") {
    auto const files = open_files();
    std::string const marker =
        std::filesystem::temp_directory_path() / ("muster-process-" + std::to_string(::getpid()));
    auto const wait_for_marker = [&]() -> asio::awaitable<void> {
        while (!std::filesystem::exists(marker)) co_await coro::sleep_for(1ms);
    };
    auto const cancelled = [&]() -> asio::awaitable<void> {
        auto running = process::run(
            command::shell("echo $$ >" + marker + ".new; mv " + marker + ".new " + marker + "; sleep 300"));
        co_await coro::wait_any(std::move(running), wait_for_marker());
    };
    coro::run(cancelled());
    pid_t pid = 0;
    std::ifstream(marker) >> pid;
    std::filesystem::remove(marker);
    CHECK(pid > 1);
    CHECK_FALSE(runs(pid));
    CHECK_FALSE(has_children());
    CHECK(open_files() == files);
}

TEST_CASE("process: a background process that holds the streams is neither waited for nor ended") {
    auto const result = run_shell("sleep 300 & echo $!", {}, run_limits(60s));
    CHECK_FALSE(result.timed_out);
    CHECK(result.end.succeeded());
    auto const background = std::stoi(result.out);
    CHECK(runs(background));
    ::kill(background, SIGKILL);
}

TEST_CASE("process: a background process that writes without end does not keep the loop busy") {
    auto const result = run_shell("yes & echo $! >&2", {}, run_limits(60s));
    CHECK_FALSE(result.timed_out);
    CHECK(result.end.succeeded());
    ::kill(std::stoi(result.err), SIGKILL);
}

TEST_CASE("process: a child inherits no descriptor of ours, no terminal and default signals") {
    auto* const before = ::signal(SIGPIPE, SIG_IGN);
    int const inherited = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
    auto const result = run_shell("ls /proc/$$/fd; test -e /dev/tty && exec 9</dev/tty && echo tty");
    ::close(inherited);
    CHECK(inherited > 2);
    CHECK(result.out == "0\n1\n2\n");
    CHECK(run_shell("kill -PIPE $$; echo survived").end.signal == "PIPE");
    ::signal(SIGPIPE, before);
}

TEST_CASE("process: where pidfd_open is refused a child's end is still seen") {
    CHECK(test::holds_without_pidfd([] {
        auto const result = run_shell("sleep 0.1; printf out; exit 7", {}, run_limits(60s));
        return result.out == "out" && result.end.status == 7U && !result.timed_out;
    }));
    CHECK(test::holds_without_pidfd([] {
        auto const result = run_shell("sleep 300", {}, run_limits(100ms));
        return result.timed_out && result.end.signal == "TERM" && !has_children();
    }));
}
