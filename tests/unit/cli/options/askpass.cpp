// SPDX-License-Identifier: MIT
// What an askpass program is given, and which of its answers count.
#include "cli/options/askpass.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>
#include <thread>

#include "support/without_pidfd.hpp"

using namespace muster;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A shell script, as a program, until the end of the test.
class script {
  public:
    explicit script(std::string const& text)
        : path_(fs::temp_directory_path() / ("muster-askpass-" + std::to_string(::getpid()))) {
        std::ofstream(path_) << "#!/bin/sh\n" << text;
        fs::permissions(path_, fs::perms::owner_all);
    }
    script(script const&) = delete;
    script& operator=(script const&) = delete;
    ~script() { fs::remove(path_); }

    std::optional<std::string> answer(std::stop_token stop = {}) const {
        auto const given = cli::ask_program(path_, "the prompt", std::move(stop));
        if (!given) return std::nullopt;
        return std::string(given->begin(), given->end());
    }

  private:
    std::string path_;
};

bool has_children() {
    return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

TEST_CASE("askpass: the prompt is the argument, the first line the answer") {
    CHECK(script("echo \"[$1]\"; echo more").answer() == "[the prompt]");
    CHECK_FALSE(has_children());
}

TEST_CASE("askpass: a program that fails or can't be run gives no answer") {
    CHECK(script("echo secret; exit 1").answer() == std::nullopt);
    CHECK(cli::ask_program("/no/such/program", "the prompt", {}) == std::nullopt);
    CHECK_FALSE(has_children());
}

TEST_CASE("askpass: the program inherits no descriptor but the standard streams") {
    int const inherited = ::fcntl(0, F_DUPFD, 50);  // without O_CLOEXEC
    CHECK(inherited >= 50);
    CHECK(script("ls /proc/self/fd | tr '\\n' ' '").answer() == "0 1 2 3 ");  // the last is the folder that ls reads
    ::close(inherited);
}

TEST_CASE("askpass: a stop ends the program") {
    std::stop_source stop;
    std::jthread const stopper([&stop] {
        std::this_thread::sleep_for(50ms);
        stop.request_stop();
    });
    CHECK(script("exec sleep 300").answer(stop.get_token()) == std::nullopt);
    CHECK(script("exec >&-; exec sleep 300").answer(stop.get_token()) == std::nullopt);
    CHECK_FALSE(has_children());
}

TEST_CASE("askpass: where pidfd_open is refused the answer still comes") {
    CHECK(test::holds_without_pidfd([] { return script("echo secret; exec >&-; sleep 0.1").answer() == "secret"; }));
}
