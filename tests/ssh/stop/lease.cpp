// SPDX-License-Identifier: MIT
// Commands under a lease: by themselves in three shells, and over a real sshd.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include <muster/run.hpp>

#include "shell/quoting.hpp"
#include "ssh/session/group_scripts.hpp"
#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;

namespace {

using environment_variables = std::map<std::string, std::string>;

/// A command under a lease as sshd would start it: the leader of a session, with a pipe for its input.
class leased {
  public:
    leased(std::string const& shell, std::string const& command, lease_terms const& terms = {},
           environment_variables const& environment = {}) {
        auto const text = ssh::lease_command(command, terms, shell);
        int in[2];
        int out[2];
        REQUIRE(::pipe(in) == 0);
        REQUIRE(::pipe(out) == 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::setsid();
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            ::dup2(out[1], 2);
            for (int const end : {in[0], in[1], out[0], out[1]}) ::close(end);
            ::setenv("SHELL", shell.c_str(), 1);
            for (auto const& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
            ::execl(shell.c_str(), shell.c_str(), "-c", text.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = out[0];
    }
    ~leased() {
        ::kill(-pid_, SIGKILL);
        if (!ended_) ::waitpid(pid_, nullptr, 0);
        if (input_ >= 0) ::close(input_);
        ::close(output_);
    }
    leased(leased const&) = delete;
    leased& operator=(leased const&) = delete;

    void tell(std::string const& lines) const { CHECK(::write(input_, lines.data(), lines.size()) > 0); }
    void cut() {
        ::close(input_);
        input_ = -1;
    }
    /// What it writes until somebody says so: both streams.
    std::string output(std::string const& until) const {
        std::string text;
        char piece[256];
        while (text.find(until) == std::string::npos) {
            auto const got = ::read(output_, piece, sizeof piece);
            if (got <= 0) break;
            text.append(piece, static_cast<std::size_t>(got));
        }
        return text;
    }
    /// Reads to the end of its streams, which also the watch holds; then its wait status.
    int end() {
        char piece[256];
        while (::read(output_, piece, sizeof piece) > 0) {
        }
        return status();
    }
    /// Of the leader, while the watch may live.
    int status() {
        int found = 0;
        ::waitpid(pid_, &found, 0);
        ended_ = true;
        return found;
    }
    bool lives() const {
        std::istringstream processes(output_of({"ps", "-A", "-o", "pgid=", "-o", "stat="}));
        pid_t group = 0;
        for (std::string state; processes >> group >> state;)
            if (group == pid_ && state.front() != 'Z') return true;
        return false;
    }

  private:
    pid_t pid_;
    int input_;
    int output_;
    bool ended_ = false;
};

/// The shells that a host's /bin/sh may be; empty: not on this machine.
std::string a_shell(scratch_folder const& folder) {
    auto const name = GENERATE("dash", "bash", "busybox");
    std::string const path = std::filesystem::exists(std::string("/bin/") + name) ? std::string("/bin/") + name
                                                                                  : std::string("/usr/bin/") + name;
    if (!std::filesystem::exists(path)) SKIP(std::string("no ") + name);
    std::filesystem::create_symlink(path, folder.path("sh"));  // busybox is what it is called
    return folder.path("sh");
}

std::string const bash = "/bin/bash";

/// The variables of a login with this start-up file: SSH_CLIENT and the lowest level tell bash that sshd has started
/// it.
environment_variables bash_login(scratch_folder const& home, std::string const& start_up) {
    if (!std::filesystem::exists(bash)) SKIP("no bash");
    write_file(home.path(".bashrc"), start_up);
    return {{"HOME", home.path()}, {"SSH_CLIENT", "192.0.2.1 1 22"}, {"SHLVL", "0"}};
}

constexpr auto pipe_with_deaf_end = "echo up; sh -c \"trap '' TERM; exec sleep 1000\" | cat";

}  // namespace

TEST_CASE("lease: status, signal, streams and quoting are the command's own") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    CAPTURE(shell);
    leased plain(shell, "printf '%s|' \"a'b\" 'c\\d!' '\\0101'; echo; echo err >&2; cat; exit 7\n");
    CHECK(plain.output("err\n") == "a'b|c\\d!|\\0101|\nerr\n");
    auto const status = plain.status();
    CHECK(WEXITSTATUS(status) == 7);
    plain.cut();  // as a server does when the command has exited
    plain.end();
    CHECK(eventually([&] { return !plain.lives(); }));

    leased signalled(shell, "kill -s SEGV $$");
    CHECK(WTERMSIG(signalled.status()) == SIGSEGV);
}

TEST_CASE("lease: bash reads its start-up file once, and the command has what is in it") {
    scratch_folder const home;
    auto const by_sshd = bash_login(home, "echo started; shown() { echo \"shown: $1\"; }; export SEEN=yes\n");
    leased item(bash, "shown \"it's $SEEN\" && printf '%s.' \"$#\" \"${f-}\"; echo; exit 4", {}, by_sshd);
    CHECK(item.output("..\n") == "started\nshown: it's yes\n0..\n");
    CHECK(WEXITSTATUS(item.status()) == 4);
    leased signalled(bash, "sh -c 'kill -s SEGV $$'", {}, by_sshd);
    CHECK(WTERMSIG(signalled.status()) == SIGSEGV);
    item.cut();
    signalled.cut();
    item.end();
    signalled.end();
}

TEST_CASE("variables: bash reads its start-up file once, and the command has what is in it") {
    scratch_folder const home;
    auto const by_sshd = bash_login(home, "echo started; shown() { echo \"shown: $1\"; }; export SEEN=yes f=rc\n");
    auto const line = shell::with_variables({"A=it's\n$HOME\\n", "i=1", "IFS=sh"},
                                            "shown \"it's $SEEN\"; printf '%s|' \"$#\" \"$A\" \"$i\" \"$f\"; exit 4");
    auto const expected = "started\nshown: it's yes\n0|it's\n$HOME\\n|1|rc|";

    std::vector<std::string> words{"env"};
    for (auto const& [name, value] : by_sshd) words.push_back(name + "=" + value);
    words.push_back("SHELL=" + bash);
    // A forced command may be a script that gives the line to another shell.
    for (std::string const& by : {bash, std::string("/bin/sh")}) {
        auto all = words;
        all.insert(all.end(), {by, "-c", line});
        child alone(all);
        CHECK(alone.wait().code == 4);
        CHECK(alone.out() == expected);
        CHECK(alone.err().empty());
    }
    leased item(bash, line, {}, by_sshd);
    CHECK(item.output("rc|") == expected);
    CHECK(WEXITSTATUS(item.status()) == 4);
    item.cut();
    item.end();
}

TEST_CASE("a login shell that does not run the command refuses --lease and --env, and the command was not sent") {
    std::string const shell = GENERATE("/bin/rbash", "/bin/true", "/bin/false");
    if (!std::filesystem::exists(shell)) SKIP("there is no " + shell);
    bool const restricted = shell == "/bin/rbash";
    ssh_fleet const fleet;
    auto const accounts = fleet.path("server/passwd");
    auto text = read_file(accounts);
    text.replace(text.rfind("/bin/sh"), 7, shell);
    write_file(accounts, text);
    // nss_wrapper reads it again for a new second only.
    std::filesystem::last_write_time(accounts, std::filesystem::last_write_time(accounts) + 2s);
    null_sink sink;
    std::vector<endpoint> const alone{fleet.one()};
    job job{"echo ran"};
    CHECK(ending(run(alone, job, {}, sink).hosts.front()).starts_with(shell == "/bin/false" ? "failed" : "ok"));
    std::get<step>(job.steps.front()).lease = lease_terms{};
    auto const result = run(alone, job, {}, sink).hosts.front();
    CHECK(ending(result) == "refused not_sent session");
    CHECK(result.error.find(restricted ? "restricted" : "did not start the command") != std::string::npos);
    for (std::string const transport : {"ssh2", "ssh"}) {
        for (std::vector<std::string> words :
             {std::vector<std::string>{"--env", "A=b"}, {"--env", "A=b", "-o", "RequestTTY=force"}, {"--lease"}}) {
            words.insert(words.begin(), {program, "--transport", transport, "-F", fleet.path("config"), "--json"});
            words.insert(words.end(), {"h1", "echo ran"});
            child muster(words);
            CHECK(muster.wait().code == 3);
            CAPTURE(words, muster.out(), muster.err());
            CHECK(muster.out().find("\"state\":\"refused\",\"command\":\"not_sent\"") != std::string::npos);
        }
    }
}

TEST_CASE("lease: a forced command that leaves something behind is no success of the command") {
    ssh_fleet const fleet({"h1"}, "ForceCommand sh -c 'sleep 1000 & exit 0'");
    null_sink sink;
    std::vector<endpoint> const alone{fleet.one()};
    job job{"echo ran"};
    job.command().lease = lease_terms{};
    options options;
    options.linger = 300ms;
    auto const result = run(alone, job, options, sink).hosts.front();
    CHECK(ending(result) == "refused not_sent session");
    CHECK(result.error.find("did not start the command") != std::string::npos);
    for (pid_t const pid : fleet.commands()) ::kill(pid, SIGKILL);
}

TEST_CASE("lease: the command has the variables that the login has given it") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    leased item(shell, "echo $b-$c-$e-$l; echo up", {}, {{"b", "1"}, {"c", "2"}, {"e", "3"}, {"l", "4"}});
    CHECK(item.output("up\n") == "1-2-3-4\nup\n");
    item.cut();
    item.end();
}

TEST_CASE("lease: the group ends with the connection") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    lease_terms const terms{.expires = 60s, .grace = 300ms};
    for (std::string const command :
         {"echo up; sleep 1000", "echo up; sleep 1000 & sleep 1000", "echo up; trap '' TERM; sleep 1000; sleep 1000",
          pipe_with_deaf_end, "(trap '' TERM; exec sleep 1000 >/dev/null 2>&1) & echo up; sleep 1000"}) {
        CAPTURE(shell, command);
        leased leased(shell, command, terms);
        leased.output("up\n");
        CHECK(leased.lives());
        leased.cut();
        leased.end();
        CHECK(eventually([&] { return !leased.lives(); }));
    }
}

TEST_CASE("lease: it is renewed, and expires") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    lease_terms const terms{.expires = 4s, .grace = 300ms};
    leased renewed(shell, "echo up; sleep 1000", terms);
    leased expired(shell, "echo up; sleep 1000", terms);
    expired.output("up\n");
    renewed.output("up\n");
    auto const until = std::chrono::steady_clock::now() + 5s;
    while (std::chrono::steady_clock::now() < until) {
        renewed.tell("b\n");
        ::usleep(200'000);
    }
    CHECK(renewed.lives());
    CHECK(WTERMSIG(expired.end()) == SIGTERM);
}

TEST_CASE("lease: a stop is passed on") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    lease_terms const terms{.expires = 60s, .grace = 60s};
    leased obeys(shell, "trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.1; done", terms);
    obeys.output("up\n");
    obeys.tell("t\n");
    CHECK(obeys.output("bye\n").ends_with("bye\n"));  // some shells say before how their own child has ended
    CHECK(WEXITSTATUS(obeys.end()) == 3);

    leased deaf(shell, "trap '' TERM; echo up; sleep 1000; sleep 1000", terms);
    deaf.output("up\n");
    deaf.tell("t\n");
    deaf.tell("k\n");
    CHECK(WTERMSIG(deaf.end()) == SIGKILL);
    CHECK(eventually([&] { return !deaf.lives(); }));
}

TEST_CASE("lease: a stop reaches what is left of a command whose end is still on its way") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    leased ended(shell, "sleep 1000 & (trap '' TERM; echo up; exec sleep 1000) & exit 5",
                 {.expires = 60s, .grace = 300ms});
    ended.output("up\n");
    CHECK(WEXITSTATUS(ended.status()) == 5);
    ended.tell("t\n");
    ended.cut();
    ended.end();
    CHECK(eventually([&] { return !ended.lives(); }));
}

TEST_CASE("lease: a stop ends the watch's own sleeps, and with them the streams") {
    scratch_folder const folder;
    auto const shell = a_shell(folder);
    // A TERM that comes while the watch forks a sleep does not reach it; no TERM reaches this one.
    auto const sleep = folder.path("sleep");
    write_file(sleep, "#!/bin/sh\ntrap '' TERM\n: >\"$0.begun\"\nexec /bin/sleep \"$@\"\n");
    std::filesystem::permissions(sleep, std::filesystem::perms::owner_all);
    leased stopped(shell, "echo up; exec /bin/sleep 1000", {.expires = 900s, .grace = 900s},
                   {{"PATH", folder.path() + ":" + ::getenv("PATH")}});
    stopped.output("up\n");
    REQUIRE(eventually([&] { return std::filesystem::exists(sleep + ".begun"); }));
    stopped.tell("t\n");
    CHECK(WTERMSIG(stopped.end()) == SIGTERM);
    CHECK(eventually([&] { return !stopped.lives(); }));
}

TEST_CASE("lease: over a real sshd the command's result is what it is without") {
    ssh_fleet const fleet({"h1"});
    auto const config = fleet.path("config");
    auto const muster_says = [&](std::vector<std::string> const& options, std::string const& command) {
        std::vector<std::string> words{program, "-F", config, "-N", "-t", "60s", "-S", "-q"};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {"h1", command});
        child muster(words);
        auto const end = muster.wait();
        return std::to_string(end.code.value_or(-1)) + "\n" + muster.out() + muster.err();
    };
    for (std::string const command : {"echo \"it's\" '\\\\' $((2 + 3)); echo err >&2; exit 9", "kill -s USR1 $$",
                                      "cat; printf 'no line end'", "head -c 300000 /dev/zero | tr '\\0' x"}) {
        CAPTURE(command);
        CHECK(muster_says({"--lease"}, command) == muster_says({}, command));
    }
    CHECK(eventually([&] { return fleet.commands().empty(); }));
}
