// SPDX-License-Identifier: MIT
// The exit code of the program, for every way a run can end.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "cli/program_run.hpp"

using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A TCP port of loopback on which nobody listens.
std::string closed_port() {
    int const probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(probe, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(probe);
    return std::to_string(ntohs(address.sin_port));
}

}  // namespace

TEST_CASE("the exit code follows from the hosts") {
    using row = std::pair<strings, int>;
    auto const [words, code] = GENERATE(
        row{{"a,b", "true"}, 0}, row{{"a,b", "[ {host} = a ]"}, 1}, row{{"a", "exit 44"}, 1},
        row{{"a", "kill -9 $$"}, 1}, row{{"-S", "a,b", "[ {host} = a ] || exit 44"}, 44},
        row{{"-S", "a", "kill -9 $$"}, 137}, row{{"-S", "a", "true"}, 0},
        row{{"-S", "-u", "0.2", "a", "sleep 60"}, 124}, row{{"-u", "0.2", "a", "sleep 60"}, 1},
        row{{"--ok-status", "0,3", "a,b", "[ {host} = a ] || exit 3"}, 0}, row{{"--ok-status", "3", "a", "true"}, 1},
        row{{"--total-timeout", "0.2", "a", "sleep 60"}, 1}, row{{"-k", "-f1", "a,b", "[ {host} = b ]"}, 1});
    CAPTURE(words, code);
    auto const end = run_here(words);
    CAPTURE(end.err);
    CHECK(end.code() == code);
    CHECK(end.status.has_value());
}

TEST_CASE("a host that could not be used is code 3, unless a command failed") {
    auto const end = run_muster({"-F", "none", "-t", "5", "-p", closed_port(), "127.0.0.1", "true"});
    CAPTURE(end.err);
    CHECK(end.code() == 3);
    CHECK_THAT(end.err, ContainsSubstring("127.0.0.1: connect: "));
    CHECK(run_muster({"-S", "-F", "none", "-p", closed_port(), "127.0.0.1", "true"}).code() == 255);
}

TEST_CASE("bad input is code 2, names what is wrong, and starts nothing") {
    using row = std::pair<strings, char const*>;
    auto const [words, text] = GENERATE(
        row{{}, "no hosts"}, row{{"a"}, "no command"}, row{{"", "true"}, "no hosts"}, row{{"a[1-", "true"}, "^"},
        row{{"a,,b", "true"}, "^"}, row{{"../../etc", "true"}, "^"}, row{{"a!", "true"}, "^"},
        row{{"db!@@db", "true"}, "^"}, row{{"web{1..3}", "true"}, "[1-3]"},
        row{{"web1", "-x", "web1", "true"}, "no hosts: web1 names none that is not left out"},
        row{{"a:0", "true"}, "^"}, row{{"a:65536", "true"}, "^"}, row{{"a[3-1]", "true"}, "^"},
        row{{"a[0-999999999]", "true"}, "hosts"}, row{{"--max-hosts", "3", "a[1-4]", "true"}, "hosts"},
        row{{"--bogus", "a", "true"}, "unknown option --bogus"}, row{{"-p", "0", "a", "true"}, "1 to 65535"},
        row{{"-f", "-1", "a", "true"}, "-f/--fanout"}, row{{"-t", "soon", "a", "true"}, "must be a time"},
        row{{"-w"}, "needs a value"}, row{{"--hostfile", "/nonexistent", "true"}, "/nonexistent"},
        row{{"--hostfile", "/dev/null", "true"}, "no hosts"}, row{{"-F", "/nonexistent", "a", "true"}, "/nonexistent"},
        row{{"-F", "none", "-o", "Bogus=1", "a", "true"}, "Bogus"},
        row{{"-F", "none", "-i", "/nonexistent", "a", "true"}, "/nonexistent"});
    CAPTURE(words);
    auto const end = run_muster(words);
    CHECK(end.code() == 2);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, ContainsSubstring(text));
    CHECK(end.err.starts_with("muster: "));
}

TEST_CASE("a command that is longer than this machine takes, once it names the host, is bad input") {
    std::string const most(100'000, 'x'), rest(31'068, 'x');  // with the colon and two blanks 131,071 bytes
    CHECK(run_here({"-n", "a", ":", most, rest}).code() == 0);
    CHECK(run_here({"-n", "a", ":", most, rest.substr(1) + "{host}"}).code() == 0);
    for (auto const& words :
         {strings{"a", ":", most, rest + "x"}, strings{"a,longer", ":", most, rest.substr(1) + "{host}"}}) {
        auto const end = run_here(words);
        CHECK(end.code() == 2);
        CHECK_THAT(end.err, ContainsSubstring("the command is too long: 1310"));
    }
}

TEST_CASE("names of files in an error are spelled out") {
    auto const end = run_muster({"--script", "no\x1b[2J\x07\nweb1: \xe2\x80\xae", "a"});
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring("no\\x1b[2J\\x07\\x0aweb1: \\u202e: "));
}

TEST_CASE("an error of the command line says where help is") {
    CHECK_THAT(run_muster({"--fanuot", "3", "a", "true"}).err,
               ContainsSubstring("did you mean --fanout?\nTry 'muster --help'.\n"));
}

TEST_CASE("help and version succeed, unless nobody takes them") {
    auto const help = run_muster({"--help"});
    CHECK(help.code() == 0);
    CHECK_THAT(help.out, ContainsSubstring("Examples:"));
    auto const version = run_muster({"-V"});
    CHECK(version.code() == 0);
    CHECK_THAT(version.out,
               ContainsSubstring("libssh2 ") && ContainsSubstring(", patches ") && ContainsSubstring("OpenSSL "));
    program_set_up full;
    full.out_file = "/dev/full";
    CHECK(run_muster({"--help"}, full).code() == 4);
}

TEST_CASE("output that cannot be written is code 4") {
    program_set_up full;
    full.out_file = "/dev/full";
    auto const end = run_here({"a", "echo x"}, full);
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring("standard output: No space left on device"));

    program_set_up closed;
    closed.in_child = [] { ::close(1); };
    CHECK(run_here({"a", "echo x"}, closed).code() == 4);
    CHECK(run_here({"a", "true"}, closed).code() == 0);
}

TEST_CASE("a standard error that cannot be written is code 4, or that of the usage") {
    program_set_up full;
    full.in_child = [] { ::dup2(::open("/dev/full", O_WRONLY | O_CLOEXEC), 2); };
    CHECK(run_here({"a", "true"}, full).code() == 4);
    CHECK(run_here({"-q", "a", "exit 3"}, full).code() == 4);
    CHECK(run_muster({"--bogus", "a", "true"}, full).code() == 2);
    CHECK(run_here({"a[", "true"}, full).code() == 2);
}

TEST_CASE("output that cannot be written stops the commands that run") {
    program_set_up full;
    full.out_file = "/dev/full";
    program_run run({"--transport", "exec", "a,b[1-5]", "[ {host} = a ] && { sleep 0.5; echo x; }; sleep 300"}, full);
    auto const end = run.finish();
    CHECK(end.code() == 4);
    CHECK(run.commands().empty());
    CHECK_THAT(end.err,
               ContainsSubstring("6 hosts: 0 ok, ") && ContainsSubstring("standard output: No space left on device"));
}

TEST_CASE("a full disk below what is gathered is code 4, names the folder, and stops the commands that run") {
    program_set_up set_up;
    set_up.in_child = [] {
        rlimit const small{.rlim_cur = 100'000, .rlim_max = 100'000};
        ::setrlimit(RLIMIT_FSIZE, &small);
    };
    program_run run({"--transport", "exec", "--json", "a,b", "[ {host} = a ] && head -c 3000000 /dev/zero; sleep 300"},
                    set_up);
    auto const end = run.finish();
    CHECK(end.code() == 4);
    CHECK(run.commands().empty());
    CHECK_THAT(end.err, ContainsSubstring("temporary file in /tmp: File too large"));
}

TEST_CASE("every exit status of a command is told as it is") {
    auto const end = run_here({"--json", "-f", "16", "s[0-255]", "h={host}; exit ${h#s}"});
    CHECK(end.code() == 1);
    std::istringstream lines(end.out);
    std::size_t right = 0;
    for (std::string line; std::getline(lines, line);) {
        auto const item = nlohmann::json::parse(line);
        if (item["type"] != "result") continue;
        int const status = item["status"];
        if (item["host"] == "s" + std::to_string(status) && item["state"] == (status == 0 ? "ok" : "failed")) ++right;
    }
    CHECK(right == 256);
}

TEST_CASE("a reader that leaves ends the run quietly with 141") {
    program_run run({"--transport", "exec", "a[1-5]", "yes"});
    REQUIRE(run.wait_for_output("y\n"));
    run.close_output();
    auto const end = run.finish();
    CHECK(end.code() == 141);
    CHECK(end.err.empty());
    CHECK(run.commands().empty());
}

TEST_CASE("a reader that leaves the pipe of both streams ends the run with 141, whichever of them is written first") {
    auto const words = GENERATE(strings{"a[1-5]", "yes >&2"}, strings{"a[1-5]", "yes"}, strings{"-v", "a", "yes >&2"});
    program_set_up one_pipe;
    one_pipe.in_child = [] { ::dup2(1, 2); };
    strings all{"--transport", "exec"};
    all.insert(all.end(), words.begin(), words.end());
    program_run run(all, one_pipe);
    REQUIRE(run.wait_for_output("y\n"));
    run.close_output();
    CHECK(run.finish().code() == 141);
    CHECK(run.commands().empty());
}

TEST_CASE("help that nobody reads to its end is 141") {
    program_set_up closed_pipe;
    closed_pipe.in_child = [] {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) == 0) ::dup2(ends[1], 1), ::close(ends[0]), ::close(ends[1]);
    };
    CHECK(run_muster({"--help"}, closed_pipe).code() == 141);
}

TEST_CASE("closed standard streams and an ignored SIGCHLD change nothing") {
    program_set_up closed;
    closed.in_child = [] { ::close(0), ::close(2); };
    auto const end = run_here({"a", "echo out; echo err >&2; exit 3"}, closed);
    CHECK(end.code() == 1);
    CHECK(end.out == "a: out\n");

    program_set_up ignoring;
    ignoring.in_child = [] { std::signal(SIGCHLD, SIG_IGN); };
    CHECK(run_here({"-S", "a", "exit 3"}, ignoring).code() == 3);
}

TEST_CASE("a run that a signal ended ends by that signal") {
    int const number = GENERATE(SIGINT, SIGTERM, SIGHUP);
    program_run run({"--transport", "exec", "a,b", "echo up; sleep 300"});
    REQUIRE(run.wait_for([&] { return run.out() == "a: up\nb: up\n" || run.out() == "b: up\na: up\n"; }));
    run.signal(number);
    auto const end = run.finish();
    CHECK(end.signal == number);
    CHECK(run.commands().empty());
    std::string const keys = number == SIGINT ? "Ctrl-C again" : "Ctrl-C";
    CHECK_THAT(end.err, ContainsSubstring("stopping 2 hosts (" + keys + ": at once)") &&
                            ContainsSubstring("2 hosts: 0 ok, 2 stopped"));
}

TEST_CASE("option -Q shows the hosts folded, counted and expanded, and runs nothing") {
    auto const end = run_muster({"-Q", "n[1-3]!n2,m1", "-x", "m1"});
    CHECK(end.code() == 0);
    CHECK(end.out == "n[1,3]\n2\nn1,n3\n");
    CHECK(run_muster({"--json", "-Q", "n[1-2]", "touch /nonexistent/x"}).out ==
          "{\"v\":1,\"type\":\"hosts\",\"folded\":\"n[1-2]\",\"count\":2,\"hosts\":[\"n1\",\"n2\"]}\n");
    program_set_up set_up;
    set_up.input = "b2 b1\n# c\nb3,\tb1\n";
    auto const piped = run_muster({"-Q", "--hostfile", "-"}, set_up);
    CHECK(piped.out == "b[1-3]\n3\nb2,b1,b3\n");
    CHECK_THAT(piped.err, ContainsSubstring("1 host that was named before is left out"));
    CHECK(run_muster({"-qQw-"}, set_up).out == piped.out);
}
