// SPDX-License-Identifier: MIT
// See shell_run.hpp.
#include "support/shell_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace support {

namespace fs = std::filesystem;

std::vector<std::string> posix_shells() {
    std::vector<std::string> all;
    for (auto const* const path : {"/bin/dash", "/bin/bash"})
        if (::access(path, X_OK) == 0) all.emplace_back(path);
    for (auto const* const path : {"/bin/busybox", "/usr/bin/busybox"})
        if (::access(path, X_OK) == 0) return all.push_back(std::string(path) + " sh"), all;
    return all;
}

shell_run::shell_run(std::string const& line, std::string const& folder) {
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
        throw std::runtime_error("pipe");
    ::signal(SIGPIPE, SIG_IGN);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setsid();
        ::signal(SIGPIPE, SIG_DFL);
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        ::setenv("HOME", folder.c_str(), 1);
        if (::chdir(folder.c_str()) != 0) ::_exit(126);
        ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    in_ = in[1];
    out_fd_ = out[0];
    err_fd_ = err[0];
}

shell_run::~shell_run() {
    if (pid_ > 0) {
        ::kill(-pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    for (int const number : {in_, out_fd_, err_fd_})
        if (number >= 0) ::close(number);
}

bool shell_run::read_some() {
    pollfd ready[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};
    if (out_fd_ < 0 && err_fd_ < 0) return false;
    if (::poll(ready, 2, 60'000) <= 0) throw std::runtime_error("no output within a minute");
    for (auto const& pollfd : ready) {
        if (pollfd.fd < 0 || pollfd.revents == 0) continue;
        char piece[4096];
        auto const got = ::read(pollfd.fd, piece, sizeof piece);
        int& fd = pollfd.fd == out_fd_ ? out_fd_ : err_fd_;
        if (got > 0) {
            (pollfd.fd == out_fd_ ? out_ : err_).append(piece, static_cast<std::size_t>(got));
        } else {
            ::close(fd);
            fd = -1;
        }
    }
    return true;
}

void shell_run::wait_for(std::string_view text) {
    while (out_.find(text) == std::string::npos && err_.find(text) == std::string::npos && read_some()) {
    }
}

void shell_run::write(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const done = ::write(in_, bytes.data(), bytes.size());
        if (done <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

void shell_run::close_input() {
    if (in_ >= 0) ::close(in_);
    in_ = -1;
}

void shell_run::signal(int number) const {
    ::kill(-pid_, number);
}

int shell_run::finish() {
    close_input();
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

test_folder::test_folder() {
    auto name = (fs::temp_directory_path() / "muster-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = fs::canonical(name).string();
}

test_folder::~test_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::vector<std::string> test_folder::names() const {
    std::vector<std::string> all;
    for (auto const& entry : fs::recursive_directory_iterator(path_)) {
        auto name = entry.path().string().substr(path_.size() + 1);
        all.push_back(entry.is_directory() && !entry.is_symlink() ? name + "/" : name);
    }
    std::ranges::sort(all);
    return all;
}

std::string test_folder::write(std::string const& name, std::string_view bytes, unsigned mode) const {
    auto const where = path(name);
    fs::create_directories(fs::path(where).parent_path());
    std::ofstream(where, std::ios::binary) << bytes;
    ::chmod(where.c_str(), mode);
    return where;
}

std::string test_folder::read(std::string const& name) const {
    std::ifstream file(path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace support
