// SPDX-License-Identifier: MIT
// What belongs to the process as a whole.
#include "cli/process/process.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <system_error>

#include <fmt/format.h>

#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

/// Descriptors that are not sessions: standard streams, epoll, timers, files, the agent, a few look-ups.
constexpr std::size_t reserve = 64;

/// Epoll, its timer, its waker and the pipe for signals: what is opened after the count.
constexpr std::size_t files_of_loop = 5;

constexpr std::size_t usual_files = 1024;

/// Below `limit`.
std::size_t open_files(std::size_t limit) {
    std::size_t count = 0;
    for (std::size_t file = 0; file < limit; ++file)
        if (::fcntl(static_cast<int>(file), F_GETFD) != -1) ++count;
    return count;
}

/// Processes that are not the hosts': our threads to come, children of their programs.
constexpr std::size_t processes_reserve = 64;

/// The kernel counts threads, by their real user.
std::size_t threads_of(uid_t user) {
    namespace fs = std::filesystem;
    std::size_t count = 0;
    std::error_code gone;
    for (auto const& process : fs::directory_iterator("/proc", gone)) {
        struct stat about {};
        if (!std::isdigit(static_cast<unsigned char>(process.path().filename().native().front()))) continue;
        if (::stat(process.path().c_str(), &about) != 0 || about.st_uid != user) continue;
        for (fs::directory_iterator task(process.path() / "task", gone), end; !gone && task != end;
             task.increment(gone))
            ++count;
    }
    return count;
}

}  // namespace

void say(std::string_view text) noexcept {
    std::fprintf(stderr, "muster: %s\n", output::sanitised_error(text).c_str());
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

void set_heap_defaults() {
    ::mallopt(M_ARENA_MAX, 1);
}

void trim_heap() {
    ::malloc_trim(0);
}

std::size_t raise_open_files(std::size_t each) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::max<std::size_t>(reserve / each, 1);
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    auto const files = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1u << 24u));
    if (files > 4 * reserve) return std::max<std::size_t>((files - reserve) / each, 1);
    auto const taken = open_files(files) + files_of_loop;
    if (files < taken + each)
        throw too_few_files(fmt::format(
            "the limit of open files is {}, and one host at a time needs {}: raise it with `ulimit -n {}`, or "
            "in the container's settings",
            files, taken + each, std::max<std::size_t>(taken + each, usual_files)));
    auto const free = files - taken;
    return std::max<std::size_t>((free - std::min(free / 2, reserve)) / each, 1);
}

memory_guard::memory_guard() noexcept : before_(::prctl(PR_GET_DUMPABLE)) {
    ::prctl(PR_SET_DUMPABLE, 0);
}

memory_guard::~memory_guard() {
    if (before_ == 1) ::prctl(PR_SET_DUMPABLE, 1);  // the kernel's other value can't be set
}

std::size_t processes_left() {
    rlimit limit{};
    auto const all = std::numeric_limits<std::size_t>::max();
    if (::getuid() == 0 || ::getrlimit(RLIMIT_NPROC, &limit) != 0) return all;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NPROC, &limit) != 0) ::getrlimit(RLIMIT_NPROC, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) return all;
    auto const taken = threads_of(::getuid()) + processes_reserve;
    return limit.rlim_cur > taken ? static_cast<std::size_t>(limit.rlim_cur) - taken : 1;
}

void die_of(int signal) {
    rlimit const no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);  // SIGQUIT's would hold secrets
    std::signal(signal, SIG_DFL);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, signal);
    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    std::raise(signal);
    ::_exit(128 + signal);
}

}  // namespace muster::cli
