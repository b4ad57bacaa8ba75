// SPDX-License-Identifier: MIT
// The script of the signal channel by itself, in three shells: which groups it finds, and which it leaves alone.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "ssh/session/group_scripts.hpp"
#include "ssh/support/child.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;

namespace {

/// Of this test alone: others run beside it.
std::string const connection = "127.0.0.1 " + std::to_string(::getpid()) + " 127.0.0.1 22";
constexpr uid_t another_user = 65534;

/// A process as sshd starts one for a channel: it leads a session, and its streams are pipes. This test is its server.
class channel_process {
  public:
    explicit channel_process(std::vector<std::string> words, uid_t user = ::getuid()) {
        int in[2];
        int out[2];
        REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
        REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
        std::vector<char*> argv;
        for (auto& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::setsid();
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            if (user != ::getuid() && ::setuid(user) != 0) ::_exit(126);
            ::setenv("SSH_CONNECTION", connection.c_str(), 1);
            ::execvp(argv[0], argv.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        in_ = in[1];
        out_ = out[0];
    }
    ~channel_process() {
        ::kill(-pid_, SIGKILL);
        reap();
        ::close(in_);
        ::close(out_);
    }
    channel_process(channel_process const&) = delete;
    channel_process& operator=(channel_process const&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void write(std::string const& text) const {
        REQUIRE(::write(in_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    std::string read_line() const {
        std::string line;
        for (char byte = 0; ::read(out_, &byte, 1) == 1 && byte != '\n';) line += byte;
        return line;
    }
    /// Ends the leader and leaves the rest of its group alone.
    void end_leader() {
        ::kill(pid_, SIGKILL);
        reap();
    }

  private:
    void reap() {
        if (!reaped_) ::waitpid(pid_, nullptr, 0);
        reaped_ = true;
    }

    pid_t pid_;
    int in_;
    int out_;
    bool reaped_ = false;
};

/// A running signal channel.
class signal_channel_process {
  public:
    explicit signal_channel_process(std::string const& shell)
        : process_({"/bin/sh", "-c", ssh::signal_command(shell)}), groups_(process_.read_line()) {}

    std::string const& groups() const noexcept { return groups_; }
    std::string ask(std::string const& word) const {
        process_.write(word + "\n");
        return process_.read_line();
    }
    bool says_gone() const {
        return eventually([this] { return ask("LOOK") == "gone"; });
    }

  private:
    channel_process process_;
    std::string groups_;
};

std::string a_shell() {
    auto const name = GENERATE("dash", "bash", "busybox");
    for (std::string const folder : {"/bin/", "/usr/bin/"}) {
        if (!std::filesystem::exists(folder + name)) continue;
        return folder + name + (std::string(name) == "busybox" ? " sh" : "");
    }
    SKIP(std::string("no ") + name);
    return {};
}

std::string groups_line(pid_t group) {
    return "groups " + std::to_string(group);
}

/// A pipeline one end of which ignores TERM; it says when it is up.
std::vector<std::string> const deaf_pipeline{"/bin/bash", "-c",
                                             "sh -c 'trap \"\" TERM; echo up >&2; exec sleep 1000' 2>&1 | cat; true"};

bool lives(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string const text{std::istreambuf_iterator<char>(stat), {}};
    auto const name_end = text.rfind(") ");
    return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

/// A process with that number that leads a group of its own and is not this test's child; 0 when another process took
/// the number.
pid_t stranger_with_pid(pid_t wanted) {
    int told[2];
    REQUIRE(::pipe2(told, O_CLOEXEC) == 0);
    pid_t const between = ::fork();
    if (between == 0) {
        std::ofstream("/proc/sys/kernel/ns_last_pid") << wanted - 1 << std::flush;
        pid_t const stranger = ::fork();
        if (stranger == 0) {
            ::setsid();
            ::unsetenv("SSH_CONNECTION");
            ::execlp("sleep", "sleep", "1000", nullptr);
            ::_exit(127);
        }
        ::write(told[1], &stranger, sizeof stranger);
        ::_exit(0);
    }
    ::waitpid(between, nullptr, 0);
    pid_t stranger = 0;
    REQUIRE(::read(told[0], &stranger, sizeof stranger) == sizeof stranger);
    ::close(told[0]);
    ::close(told[1]);
    if (stranger == wanted) return stranger;
    ::kill(stranger, SIGKILL);
    return 0;
}

}  // namespace

TEST_CASE("signal script: the group of a command is found, signalled, and seen to end") {
    auto const shell = a_shell();
    CAPTURE(shell);
    channel_process command(deaf_pipeline);
    REQUIRE(command.read_line() == "up");
    bool const leader_is_gone = GENERATE(false, true);
    if (leader_is_gone) command.end_leader();
    signal_channel_process const channel(shell);
    REQUIRE(channel.groups() == groups_line(command.pid()));
    CHECK(channel.ask("LOOK") == "alive");
    CHECK(channel.ask("TERM") == "alive");
    CHECK(channel.ask("LOOK") == "alive");
    channel.ask("KILL");
    if (!leader_is_gone) command.end_leader();  // as sshd does: it reaps its child
    CHECK(channel.says_gone());
}

TEST_CASE("signal script: a process of another user is left alone, whatever its environment says") {
    if (::getuid() != 0) SKIP("needs root");
    auto const shell = a_shell();
    CAPTURE(shell);
    channel_process forger(deaf_pipeline, another_user);
    REQUIRE(forger.read_line() == "up");
    forger.end_leader();
    signal_channel_process const channel(shell);
    CHECK(channel.groups() == "groups");
}

TEST_CASE("signal script: KILL goes to no process that got the number of an ended group") {
    if (::getuid() != 0) SKIP("needs root: chooses the number of a process");
    auto const shell = a_shell();
    CAPTURE(shell);
    pid_t stranger = 0;
    for (int attempt = 0; attempt < 200 && stranger == 0; ++attempt) {
        auto command = std::make_unique<channel_process>(std::vector<std::string>{"sh", "-c", "echo up; sleep 1000"});
        REQUIRE(command->read_line() == "up");
        auto const group = command->pid();
        signal_channel_process const channel(shell);
        REQUIRE(channel.groups() == groups_line(group));
        command.reset();
        if (!eventually([&] { return ::kill(-group, 0) != 0; })) continue;
        stranger = stranger_with_pid(group);
        if (stranger == 0) continue;
        CHECK(channel.ask("KILL") == "alive");
        CHECK(lives(stranger));
        ::kill(stranger, SIGKILL);
    }
    CHECK(stranger != 0);
}
