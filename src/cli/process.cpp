// SPDX-License-Identifier: MIT
// See process.hpp.
#include "cli/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace muster::cli {

namespace {

/// Descriptors that are not sessions: standard streams, epoll, timers, files, the agent, a few look-ups.
constexpr std::size_t reserve = 64;

}  // namespace

void say(std::string_view text) noexcept {
    std::fprintf(stderr, "muster: %.*s\n", static_cast<int>(text.size()), text.data());
}

void open_standard_descriptors() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
            // the lowest free number is this one
            int const opened = ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
            static_cast<void>(opened);
        }
    }
}

void set_signal_defaults() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);
}

std::size_t raise_open_files(std::size_t each) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::max<std::size_t>(reserve / each, 1);
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    auto const files = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1u << 24u));
    return std::max<std::size_t>((files > 2 * reserve ? files - reserve : files / 2) / each, 1);
}

memory_guard::memory_guard() noexcept : before_(::prctl(PR_GET_DUMPABLE)) {
    ::prctl(PR_SET_DUMPABLE, 0);
}

memory_guard::~memory_guard() {
    if (before_ == 1) ::prctl(PR_SET_DUMPABLE, 1);  // the kernel's other value can't be set
}

void die_of(int signal) {
    std::signal(signal, SIG_DFL);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, signal);
    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    std::raise(signal);
    ::_exit(128 + signal);
}

}  // namespace muster::cli
