// SPDX-License-Identifier: MIT
// Commands, names and addresses of this machine, as a configuration asks for them.
#include "run/config_questions.hpp"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include <muster/coro/runner.hpp>

using namespace muster;
using strings = std::vector<std::string>;

namespace {

std::vector<ssh_config::exec_result> run_commands(strings const& commands,
                                                  std::chrono::nanoseconds limit = match_exec_limit) {
    return coro::run(run_match_commands(commands, limit));
}

std::size_t lines_of(std::filesystem::path const& path) {
    std::ifstream file(path);
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

}  // namespace

TEST_CASE("commands of Match exec: their status, in order") {
    ::unsetenv("SHELL");
    auto const results = run_commands({"true", "exit 7", "read line", "echo output; echo errors >&2"});
    REQUIRE(results.size() == 4);
    CHECK(results[0].status == 0);
    CHECK(results[1].status == 7);
    CHECK(results[2].status == 1);  // nothing to read
    CHECK(results[3].status == 0);
    CHECK(std::ranges::all_of(results, [](auto const& result) { return result.error.empty(); }));
}

TEST_CASE("a command of Match exec leads a process group of its own") {
    auto const result = run_commands({"test \"$(ps -o pgid= -p $$ | tr -d ' ')\" = $$"});
    CHECK(result[0].status == 0);
}

TEST_CASE("commands of Match exec are for the user's shell") {
    ::setenv("SHELL", "/bin/echo", 1);
    CHECK(run_commands({"exit 1"})[0].status == 0);
    ::setenv("SHELL", "/no/such/shell", 1);
    CHECK(run_commands({"true"})[0].error.find("No such file") != std::string::npos);
    ::unsetenv("SHELL");
}

TEST_CASE("a command of Match exec that does not end in time, or by a signal, has no status") {
    auto const results = run_commands({"sleep 60", "kill -9 $$"}, std::chrono::milliseconds(300));
    CHECK(results[0].error == "did not end within 0.3 s");
    CHECK(results[1].error == "ended by SIGKILL");
}

TEST_CASE("no more than 16 commands of Match exec run at once, and no fewer") {
    std::string folder = (std::filesystem::temp_directory_path() / "muster-match-exec-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    auto const log = folder + "/log";
    // Each waits until 16 have begun, and fails when a 17th begins before the first ends.
    auto const command = "echo >> " + log + "; while [ $(wc -l < " + log + ") -lt 16 ]; do sleep 0.02; done";
    strings commands(17, command);
    for (std::size_t i = 0; i < commands.size(); ++i) commands[i] += "; : " + std::to_string(i);
    auto const results = run_commands(commands);
    CHECK(std::ranges::all_of(results, [](auto const& result) { return result.status == 0 && result.error.empty(); }));
    CHECK(lines_of(log) == 17);
    std::filesystem::remove_all(folder);
}

TEST_CASE("names and addresses of this machine") {
    auto const answers = resolve_names({{"127.0.0.7"}, {"127.0.0.8", address_family::ipv6}, {"::1"}});
    CHECK(answers[0].found);
    CHECK_FALSE(answers[1].found);
    CHECK(answers[2].found);
    auto const addresses = local_addresses();
    CHECK(std::ranges::find(addresses, "127.0.0.1") != addresses.end());
}
