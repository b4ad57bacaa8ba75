// SPDX-License-Identifier: MIT
// Does what a container's first process has to do, beside the program.
#include "cli/process/first_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace muster::cli {

namespace {

constexpr int handed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

sigset_t waited_for() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    for (int const signal : handed_on) sigaddset(&signals, signal);
    return signals;
}

int exit_code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Nothing: the program still runs.
std::optional<int> reap_all(pid_t program) {
    std::optional<int> code;
    int status = 0;
    for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;)
        if (ended == program) code = exit_code_of(status);
    return code;
}

/// A terminal sends its signals to the program as well.
bool was_sent_by_process(siginfo_t const& signal) {
    return signal.si_signo != SIGCHLD && signal.si_code != SI_KERNEL;
}

int serve(pid_t program, sigset_t const& signals) {
    for (;;) {
        if (auto const code = reap_all(program)) return *code;
        siginfo_t info{};
        if (::sigwaitinfo(&signals, &info) > 0 && was_sent_by_process(info)) ::kill(program, info.si_signo);
    }
}

}  // namespace

std::optional<int> serve_as_first_process() {
    if (::getpid() != 1) return std::nullopt;
    auto const signals = waited_for();
    sigset_t before;
    ::sigprocmask(SIG_BLOCK, &signals, &before);
    pid_t const program = ::fork();
    if (program > 0) return serve(program, signals);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return std::nullopt;  // also where there can be no second process
}

}  // namespace muster::cli
