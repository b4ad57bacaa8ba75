// SPDX-License-Identifier: MIT
// Stops: who is stopped, how fast, and that the process table shows nothing that is left.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "cli/program_run.hpp"
#include "support/paths.hpp"

using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

class scratch {
  public:
    scratch() {
        auto name = (fs::temp_directory_path() / "muster-stop-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { fs::remove_all(folder_); }

    std::string path(std::string const& name) const { return folder_ / name; }
    void write(std::string const& name, std::string const& text) const {
        std::ofstream(path(name)) << text;
        ::chmod(path(name).c_str(), 0644);
    }

  private:
    fs::path folder_;
};

class unread_pipe {
  public:
    unread_pipe() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    }
    ~unread_pipe() {
        for (int const end : ends_)
            if (end >= 0) ::close(end);
    }
    unread_pipe(unread_pipe const&) = delete;
    unread_pipe& operator=(unread_pipe const&) = delete;

    int writer() const { return ends_[1]; }
    bool is_full() const {
        pollfd room{ends_[1], POLLOUT, 0};
        return ::poll(&room, 1, 0) == 0;
    }
    /// All that is in it and still comes; the end of the reading that is not there.
    std::string rest() {
        ::close(std::exchange(ends_[1], -1));
        std::string all;
        std::array<char, 65536> some;
        for (;;) {
            auto const size = ::read(ends_[0], some.data(), some.size());
            if (size <= 0) return all;
            all.append(some.data(), static_cast<std::size_t>(size));
        }
    }

  private:
    std::array<int, 2> ends_{};
};

}  // namespace

TEST_CASE("Ctrl-C while a command of Match exec runs ends both, and nothing was connected to") {
    auto const config = muster::test::build_dir + std::string("/match_exec_config");
    std::ofstream(config) << "Match exec \"exec sleep 300\"\n  Port 1\n";
    program_run run({"-F", config, "-n", "127.0.0.1", "true"});
    REQUIRE(run.wait_for_commands(1));
    run.signal(SIGINT);
    auto const end = run.finish();
    CHECK(end.signal == SIGINT);
    CHECK(run.commands().empty());
}

TEST_CASE("option -k: the first failure stops all, and nothing of them is left") {
    program_run run({"--transport", "exec", "-k", "--grace", "2", "a,b[1-20]",
                     "if [ {host} = a ]; then sleep 1; exit 1; fi; sleep 300 & echo up; wait"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK(run.commands().empty());
    CHECK(end.duration < 1s + 4s);
    CHECK_THAT(end.err, ContainsSubstring("muster: a: command: exit status 1") &&
                            ContainsSubstring("stopping 20 hosts (Ctrl-C twice: at once)") &&
                            ContainsSubstring("21 hosts: 0 ok, 1 failed, 20 stopped in "));
    CHECK(end.err.find("may still run") == std::string::npos);
}

TEST_CASE("output that can't be written stops the run, and two Ctrl-C, as it says, cut that short") {
    program_set_up full;
    full.out_file = "/dev/full";
    program_run run(
        {"--transport", "exec", "--grace", "300", "a,b", "trap '' TERM; echo up; while :; do sleep 1; done"}, full);
    REQUIRE(run.wait_for_errors("(Ctrl-C twice: at once)"));  // one host or two have begun
    CHECK(run.wait_for([&] {  // a second signal that finds the first one pending is lost
        run.signal(SIGINT);
        return run.commands().empty();
    }));
    CHECK(run.finish().code() != 0);
}

TEST_CASE("option -k: commands that ignore TERM are killed after the grace") {
    program_run run(
        {"--transport", "exec", "-k", "--grace", "0.5", "a,b[1-5]",
         "if [ {host} = a ]; then sleep 1; exit 1; fi; trap '' TERM; sleep 300 & echo up; wait; wait; sleep 300"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK(run.commands().empty());
    CHECK(end.duration > 1400ms);
    CHECK(end.duration < 1s + 500ms + 4s);
    CHECK_THAT(end.err, ContainsSubstring("5 stopped"));
}

TEST_CASE("without -k every host runs, whatever the others do") {
    auto const end = run_here({"-f2", "a[1-6]", "echo x; exit 1"});
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("6 hosts: 0 ok, 6 failed in "));
}

TEST_CASE("option --halt soon lets what runs finish and starts nothing new") {
    auto const end = run_here(
        {"--halt", "soon,fail=1", "-f2", "a,b,c,d", "[ {host} = a ] && { sleep 1; exit 1; }; sleep 2; echo done"});
    CHECK(end.code() == 1);
    CHECK(end.out == "b: done\n");
    CHECK_THAT(end.err, ContainsSubstring("1 ok, 1 failed, 2 not started"));
}

TEST_CASE("option --halt with a percentage counts all targets") {
    auto const end = run_here({"--halt", "soon,fail=50%", "-f1", "a[1-8]", "exit 1"});
    CHECK_THAT(end.err, ContainsSubstring("4 failed, 4 not started"));
}

TEST_CASE("the same SIGTERM twice, as timeout(1) sends it, is one") {
    program_run run(
        {"--transport", "exec", "--grace", "10", "a", "trap 'sleep 0.5; exit 0' TERM; echo up; sleep 300 & wait"});
    REQUIRE(run.wait_for([&] { return !run.out().empty(); }));
    run.signal(SIGTERM);
    REQUIRE(run.wait_for_errors("stopping 1 host"));
    run.signal(SIGTERM);
    auto const end = run.finish();
    CHECK(end.signal == SIGTERM);
    CHECK(end.err.find("may still run") == std::string::npos);
}

TEST_CASE("SIGQUIT stops as Ctrl-C does, and leaves no core") {
    program_run run({"--transport", "exec", "a,b", "echo up; sleep 300"});
    REQUIRE(run.wait_for([&] { return run.out().size() == 2 * std::string("a: up\n").size(); }));
    run.signal(SIGQUIT);
    auto const end = run.finish();
    CHECK(end.signal == SIGQUIT);
    CHECK(run.commands().empty());
    CHECK_THAT(end.err, ContainsSubstring("2 stopped"));
}

TEST_CASE("Ctrl-C twice: at once") {
    program_run run({"--transport", "exec", "--grace", "60", "a,b", "trap '' TERM; echo up; sleep 300; sleep 300"});
    REQUIRE(run.wait_for([&] { return run.out().size() == 2 * std::string("a: up\n").size(); }));
    run.signal(SIGINT);
    REQUIRE(run.wait_for_errors("stopping 2 hosts"));
    CHECK(run.wait_for([&] {  // one that comes too soon after the first is its echo
        run.signal(SIGINT);
        return run.err().find("may still run: a,b") != std::string::npos;
    }));
    auto const end = run.finish();
    CHECK(end.signal == SIGINT);
    CHECK(end.duration < 20s);
    CHECK(run.wait_for_commands(0));
}

TEST_CASE("Ctrl-C while the output is not read ends the run, and says how it ended") {
    unread_pipe const pipe;
    program_set_up set_up;
    set_up.in_child = [writer = pipe.writer()] { ::dup2(writer, 1); };
    program_run run({"--transport", "exec", "a,b", "[ {host} = a ] && exec yes; sleep 300"}, set_up);
    REQUIRE(run.wait_for([&] { return pipe.is_full() && run.commands().size() >= 2; }));
    run.signal(SIGINT);
    auto const end = run.finish();
    CHECK(end.signal == SIGINT);
    CHECK(end.duration < 20s);
    CHECK(run.commands().empty());
    CHECK_THAT(end.err, ContainsSubstring("stopping 2 hosts") && ContainsSubstring("2 hosts: 0 ok, 2 stopped") &&
                            ContainsSubstring("standard output: its reader does not read"));
}

TEST_CASE("The limit on the run ends it also while the output is not read, and says what is lost") {
    unread_pipe const pipe;
    program_set_up how;
    how.in_child = [writer = pipe.writer()] { ::dup2(writer, 1); };
    auto const end = run_here({"--total-timeout", "1", "a,b", "[ {host} = a ] && exec yes; sleep 300"}, how);
    CHECK(end.code() == 4);
    CHECK(end.duration < 20s);
    CHECK_THAT(end.err, ContainsSubstring("a,b (2): total: ") &&
                            ContainsSubstring("standard output: its reader does not read; what was left is lost"));
}

TEST_CASE("The limit on a run whose commands have ended is one on the reader, too") {
    unread_pipe const pipe;
    program_set_up how;
    how.in_child = [writer = pipe.writer()] { ::dup2(writer, 1); };
    auto const end = run_here({"--total-timeout", "3", "a", "yes | head -c 100000"}, how);
    CHECK(end.code() == 4);
    CHECK(end.duration >= 3s);
    CHECK(end.duration < 20s);
    CHECK_THAT(end.err, ContainsSubstring("1 host: 1 ok") && ContainsSubstring("its reader does not read"));
}

TEST_CASE("A limit on commands gives no reader up: what is waited for is said, and no byte is lost") {
    unread_pipe pipe;
    program_set_up how;
    how.in_child = [writer = pipe.writer()] { ::dup2(writer, 1); };
    program_run run({"--transport", "exec", "-u", "1", "a", "yes | head -c 100000; sleep 300"}, how);
    REQUIRE(run.wait_for_errors("standard output: its reader has read nothing for 5 s; waiting (Ctrl-C: stop)"));
    CHECK(run.wait_for_commands(0));
    auto const out = pipe.rest();
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK(out.size() == 50'000 * std::string_view("a: y\n").size());
    CHECK_THAT(end.err, !ContainsSubstring("its reader does not read"));
}

TEST_CASE("nohup: a signal that was ignored before the program began stays ignored") {
    auto const ignored = GENERATE(SIGHUP, SIGINT, SIGQUIT, SIGTERM);
    CAPTURE(ignored);
    program_set_up set_up;
    set_up.in_child = [ignored] { ::signal(ignored, SIG_IGN); };
    program_run run({"--transport", "exec", "a", "echo up; sleep 1; echo done"}, set_up);
    REQUIRE(run.wait_for_output("a: up\n"));
    run.signal(ignored);
    auto const end = run.finish();
    CHECK(end.code() == 0);
    CHECK(end.out == "a: up\na: done\n");
}

TEST_CASE("SIGUSR1 tells who runs") {
    program_run run({"--transport", "exec", "a,b", "echo up; [ {host} = a ] || sleep 300"});
    REQUIRE(run.wait_for_output("b: up\n"));
    run.signal(SIGUSR1);
    CHECK(run.wait_for_errors("b"));
    run.signal(SIGTERM);
    CHECK(run.finish().signal == SIGTERM);
}

TEST_CASE("SIGUSR1 with -v tells what each task waits for") {
    program_run run({"--transport", "exec", "-v", "a", "echo up; sleep 300"});
    REQUIRE(run.wait_for_output("a: up\n"));
    run.signal(SIGUSR1);
    CHECK(run.wait_for_errors("muster: waits: "));
    run.signal(SIGTERM);
    CHECK(run.finish().signal == SIGTERM);
}

TEST_CASE("the time limit of a command stops that host only") {
    program_run run({"--transport", "exec", "-u", "0.5", "a,b", "[ {host} = a ] || { sleep 300 & wait; }; echo fine"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK(end.out == "a: fine\n");
    CHECK_THAT(end.err, ContainsSubstring("b: command: ") && ContainsSubstring("1 ok, 1 timed out"));
    CHECK(run.commands().empty());
}

TEST_CASE("the limit of the run stops what runs and starts nothing more") {
    program_run run({"--transport", "exec", "--total-timeout", "3", "-f1", "a,b", "sleep 300"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("1 timed out, 1 not started"));
    CHECK(run.commands().empty());
}

TEST_CASE("the limit of the run ends it however many hosts there are, and they are named as one set") {
    program_run run({"--transport", "exec", "--total-timeout", "1", "-f", "8", "h[1-100000]", "sleep 300"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK(end.duration < 20s);
    CHECK_THAT(end.err, ContainsSubstring("the limit of 1 s on the run has passed") &&
                            ContainsSubstring("(99992): not started") &&
                            ContainsSubstring("100000 hosts: 0 ok, 8 timed out, 99992 not started"));
    CHECK(run.commands().empty());
}

TEST_CASE("the limit of the run counts from the program's beginning: a list of hosts that does not come ends it") {
    scratch const files;
    REQUIRE(::mkfifo(files.path("hosts").c_str(), 0600) == 0);
    program_run run({"--transport", "exec", "--total-timeout", "0.5", "--hostfile", files.path("hosts"), "true"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK_THAT(end.err,
               ContainsSubstring("time limit reached: --total-timeout 0.5s passed before the first host began"));
}

TEST_CASE("the limit of the run ends a program that the ssh configuration asks, and what it has started") {
    scratch const files;
    files.write("config", "Match exec \"sleep 300; true\"\n  Port 1\n");
    program_run run({"-F", files.path("config"), "--total-timeout", "0.5", "a", "true"});
    auto const end = run.finish();
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("before the first host began"));
    CHECK(run.wait_for_commands(0));  // killed, and not waited for
}

TEST_CASE("Ctrl-C while a program lists groups ends that program, too") {
    scratch const files;
    files.write("groups.conf", "[Main]\ndefault: slow\n[slow]\nmap: exec sleep 300\nall: echo a\n");
    program_set_up how;
    how.environment = {"CLUSTERSHELL_CFGDIR=" + files.path("")};
    program_run run({"--transport", "exec", "@g", "true"}, how);
    REQUIRE(run.wait_for_commands(1));
    run.signal(SIGINT);
    auto const end = run.finish();
    CHECK(end.signal == SIGINT);
    CHECK(run.commands().empty());
}

TEST_CASE("a child in the background that holds the output is waited for as long as --linger says, and left alone") {
    program_run run({"--transport", "exec", "--linger", "0.3", "a", "sleep 300 & echo up"});
    auto const end = run.finish();
    CHECK(end.code() == 0);
    CHECK(end.out == "a: up\n");
    CHECK(end.duration >= 300ms);
    CHECK(end.duration < 20s);
    CHECK(run.commands().size() == 1);
}

TEST_CASE("a slow reader slows the commands down and loses nothing") {
    program_run run({"--transport", "exec", "-N", "a", "seq 1 300000"});
    auto const end = run.finish();
    std::string expected;
    for (int i = 1; i <= 300000; ++i) expected += std::to_string(i) + "\n";
    CHECK((end.out == expected));
}
