// SPDX-License-Identifier: MIT
// See child.hpp.
#include "ssh/support/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <thread>

extern char** environ;

namespace muster::test {

namespace {

int checked(int answer, char const* what) {
    if (answer < 0) throw std::system_error(errno, std::generic_category(), what);
    return answer;
}

std::vector<char*> pointers(std::vector<std::string> const& words) {
    std::vector<char*> list;
    for (auto const& word : words) list.push_back(const_cast<char*>(word.c_str()));
    return list;
}

pid_t spawn(std::vector<std::string> const& words, std::vector<std::string> const& environment, int out, int err) {
    auto arguments = pointers(words);
    arguments.push_back(nullptr);
    auto variables = pointers(environment);
    for (char** character = environ; *character != nullptr; ++character) variables.push_back(*character);
    variables.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    pid_t pid = 0;
    int const error = ::posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::system_error(error, std::generic_category(), words[0]);
    return pid;
}

std::string content(int file) {
    std::string all;
    std::array<char, 65536> block{};
    for (ssize_t got = 0; (got = ::pread(file, block.data(), block.size(), static_cast<off_t>(all.size()))) > 0;) {
        all.append(block.data(), static_cast<std::size_t>(got));
    }
    return all;
}

bool ends_within(pid_t pid, std::chrono::milliseconds limit) {
    int const handle = checked(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), "pidfd_open");
    pollfd waiting{handle, POLLIN, 0};
    bool const ended = ::poll(&waiting, 1, static_cast<int>(limit.count())) == 1;
    ::close(handle);
    return ended;
}

}  // namespace

bool eventually(std::function<bool()> const& is_so, std::chrono::seconds limit) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

child::child(std::vector<std::string> const& words, std::vector<std::string> const& environment)
    : out_(checked(::memfd_create("out", MFD_CLOEXEC), "memfd_create")),
      err_(checked(::memfd_create("err", MFD_CLOEXEC), "memfd_create")),
      pid_(spawn(words, environment, out_, err_)) {}

child::~child() {
    if (!ended_) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
}

std::string child::out() const {
    return content(out_);
}

std::string child::err() const {
    return content(err_);
}

void child::send(int signal) const {
    ::kill(pid_, signal);
}

child_end child::wait() {
    if (!ends_within(pid_, patience)) throw std::runtime_error("it does not end; it said: " + out() + err());
    int status = 0;
    checked(::waitpid(pid_, &status, 0), "waitpid");
    ended_ = true;
    child_end end;
    if (WIFEXITED(status)) end.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    return end;
}

std::string output_of(std::vector<std::string> const& words, std::vector<std::string> const& environment) {
    child program(words, environment);
    auto const end = program.wait();
    if (end.code != 0) throw std::runtime_error(words[0] + " failed: " + program.out() + program.err());
    return program.out();
}

}  // namespace muster::test
