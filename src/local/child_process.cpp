// SPDX-License-Identifier: MIT
// See child_process.hpp.
#include "local/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace muster::local {

namespace {

void check(int error, char const* what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// What the child finds open: its three streams, and nothing else of ours.
class file_actions {
  public:
    file_actions(int in, int out, int err) {
        check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
        int error = in < 0 ? ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0)
                           : ::posix_spawn_file_actions_adddup2(&actions_, in, 0);
        if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions_, out, 1);
        if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions_, err, 2);
        if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        if (error != 0) ::posix_spawn_file_actions_destroy(&actions_);
        check(error, "posix_spawn_file_actions");
    }
    file_actions(file_actions const&) = delete;
    file_actions& operator=(file_actions const&) = delete;
    ~file_actions() { ::posix_spawn_file_actions_destroy(&actions_); }

    posix_spawn_file_actions_t const* get() const noexcept { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

/// A session of its own, without a terminal, and signals as a login shell finds them.
class spawn_attributes {
  public:
    spawn_attributes() {
        check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
        sigset_t every, none;
        ::sigfillset(&every);
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigdefault(&attributes_, &every);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    spawn_attributes(spawn_attributes const&) = delete;
    spawn_attributes& operator=(spawn_attributes const&) = delete;
    ~spawn_attributes() { ::posix_spawnattr_destroy(&attributes_); }

    posix_spawnattr_t const* get() const noexcept { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

/// exec(2) takes pointers to mutable text, which it doesn't change.
char* mutable_text(std::string const& text) {
    return const_cast<char*>(text.c_str());
}

std::vector<char*> pointers(std::vector<std::string> const& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (auto const& text : texts) all.push_back(mutable_text(text));
    all.push_back(nullptr);
    return all;
}

std::string signal_name(int number) {
    auto const* const name = ::sigabbrev_np(number);
    return name != nullptr ? name : std::to_string(number);
}

exit_record record_of(siginfo_t const& info) {
    exit_record record;
    if (info.si_code == CLD_EXITED) {
        record.status = static_cast<std::uint32_t>(info.si_status);
    } else {
        record.signal = signal_name(info.si_status);
    }
    return record;
}

/// glibc 2.36 declares its own pidfd_open for C only.
int open_pidfd(pid_t process) {
    return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
}

/// Whether a child was waited for, or is nobody's any more.
bool reaped(pid_t leader) {
    siginfo_t info{};
    int const result = ::waitid(P_PID, static_cast<id_t>(leader), &info, WEXITED | WNOHANG);
    return result != 0 || info.si_pid != 0;
}

}  // namespace

child_process::child_process(std::string const& command, std::vector<std::string> const& variables, int in, int out,
                             int err) {
    std::vector<std::string> const words = {"sh", "-c", command};
    file_actions const actions(in, out, err);
    spawn_attributes const attributes;
    check(::posix_spawn(&leader_, "/bin/sh", actions.get(), attributes.get(), pointers(words).data(),
                        pointers(variables).data()),
          "/bin/sh");
    exit_fd_ = unique_fd(open_pidfd(leader_));
}

bool child_process::exited() {
    if (exited_) return true;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(leader_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        exited_ = errno == ECHILD;
        unreaped_ = !exited_;
    } else if (info.si_pid != 0) {
        exited_ = true;
        record_ = record_of(info);
    }
    return exited_;
}

void child_process::signal(int number) const noexcept {
    if (unreaped_) ::kill(-leader_, number);
}

std::optional<pid_t> child_process::release() noexcept {
    if (!std::exchange(unreaped_, false)) return std::nullopt;
    return leader_;
}

dying_processes::~dying_processes() {
    using namespace std::chrono_literals;
    for (auto const limit = std::chrono::steady_clock::now() + 1s; std::chrono::steady_clock::now() < limit;) {
        reap();
        if (leaders_.empty()) return;
        std::this_thread::sleep_for(1ms);
    }
}

void dying_processes::add(pid_t leader) {
    leaders_.push_back(leader);
    reap();
}

void dying_processes::reap() {
    std::erase_if(leaders_, reaped);
}

}  // namespace muster::local
