// SPDX-License-Identifier: MIT
// Starts processes with posix_spawn(3) and waits for them with waitid(2).
#include "process/child.hpp"

#include <fcntl.h>
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

namespace muster::process {

namespace {

void check(int error, char const* what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

/// What the child finds open: its three streams, and nothing else of ours.
class file_actions {
  public:
    explicit file_actions(streams const& files) {
        check(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
        int error = add(files.in, 0, O_RDONLY);
        if (error == 0) error = add(files.out, 1, O_WRONLY);
        if (error == 0) error = add(files.err, 2, O_WRONLY);
        if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
        if (error != 0) ::posix_spawn_file_actions_destroy(&actions_);
        check(error, "posix_spawn_file_actions");
    }
    file_actions(file_actions const&) = delete;
    file_actions& operator=(file_actions const&) = delete;
    ~file_actions() { ::posix_spawn_file_actions_destroy(&actions_); }

    posix_spawn_file_actions_t const* get() const noexcept { return &actions_; }

  private:
    int add(int from, int to, int mode) {
        return from < 0 ? ::posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", mode, 0)
                        : ::posix_spawn_file_actions_adddup2(&actions_, from, to);
    }

    posix_spawn_file_actions_t actions_{};
};

/// Signals as a login shell finds them.
class spawn_attributes {
  public:
    explicit spawn_attributes(isolation kind) {
        check(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
        sigset_t every, none;
        ::sigfillset(&every);
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigdefault(&attributes_, &every);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        int const session = kind == isolation::session ? POSIX_SPAWN_SETSID : 0;
        ::posix_spawnattr_setflags(&attributes_,
                                   static_cast<short>(session | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
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

/// glibc 2.36 declares pidfd_open for C only. -1 where the kernel or a seccomp filter refuses it, or no descriptor is
/// left.
int open_pidfd(pid_t process) {
    return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
}

/// Reaps the process if it has ended. True if it is no longer in the process table.
bool gone(pid_t process) {
    siginfo_t info{};
    int const result = ::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG);
    return result != 0 || info.si_pid != 0;
}

}  // namespace

command::command(std::vector<std::string> words) : program(words.at(0)), argv(std::move(words)) {}

command command::shell(std::string text) {
    command made({"sh", "-c", std::move(text)});
    made.program = "/bin/sh";
    return made;
}

unique_fd child::open_exit_fd() const noexcept {
    return unique_fd(in_table_ ? open_pidfd(process_) : -1);
}

child::child(command const& command, streams const& files, isolation kind) : isolation_(kind) {
    file_actions const actions(files);
    spawn_attributes const attributes(kind);
    auto const variables = command.environment ? pointers(*command.environment) : std::vector<char*>();
    int const error = ::posix_spawnp(&process_, command.program.c_str(), actions.get(), attributes.get(),
                                     pointers(command.argv).data(), command.environment ? variables.data() : ::environ);
    bool const lacks_null = error == ENOENT && ::access("/dev/null", F_OK) != 0;
    check(error, lacks_null ? "/dev/null" : command.program.c_str());
}

bool child::exited() {
    if (exited_) return true;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        exited_ = errno == ECHILD;
        in_table_ = !exited_;
    } else if (info.si_pid != 0) {
        exited_ = true;
        record_ = record_of(info);
    }
    return exited_;
}

void child::signal(int number) const noexcept {
    if (in_table_) ::kill(isolation_ == isolation::session ? -process_ : process_, number);
}

void child::reap() {
    if (exited() && in_table_) in_table_ = !gone(process_);
}

std::optional<pid_t> child::release() noexcept {
    if (!std::exchange(in_table_, false)) return std::nullopt;
    return process_;
}

reaper::~reaper() {
    using namespace std::chrono_literals;
    for (auto const limit = std::chrono::steady_clock::now() + 1s; std::chrono::steady_clock::now() < limit;) {
        reap();
        if (processes_.empty()) return;
        std::this_thread::sleep_for(1ms);
    }
}

void reaper::add(std::optional<pid_t> process) {
    if (process) processes_.push_back(*process);
    reap();
}

void reaper::reap() {
    std::erase_if(processes_, gone);
}

}  // namespace muster::process
