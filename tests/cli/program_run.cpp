// SPDX-License-Identifier: MIT
// See program_run.hpp.
#include "cli/program_run.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "support/paths.hpp"

namespace muster::test {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::string_view mark_name = "TEST_MARK=";

std::string new_mark() {
    static int count = 0;
    return std::string(mark_name) + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::string content(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool is_zombie(std::string const& pid) {
    auto const stat = content("/proc/" + pid + "/stat");
    auto const end = stat.rfind(") ");
    return end == std::string::npos || stat[end + 2] == 'Z' || stat[end + 2] == 'X';
}

bool carries(std::string const& pid, std::string const& mark) {
    auto const variables = '\0' + content("/proc/" + pid + "/environ") + '\0';
    return variables.find('\0' + mark + '\0') != std::string::npos;
}

struct pipe_pair {
    pipe_pair() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    }
    std::array<int, 2> ends{};
};

/// An unlinked file with the text, positioned at its begin.
int file_of(std::string const& text) {
    int const fd = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::lseek(fd, 0, SEEK_SET) != 0)
        throw std::runtime_error("cannot write a temporary file");
    return fd;
}

std::vector<char*> pointers(strings const& texts) {
    std::vector<char*> all;
    for (auto const& text : texts) all.push_back(const_cast<char*>(text.c_str()));
    all.push_back(nullptr);
    return all;
}

/// Reads what is there; false at the end.
bool read_some(int fd, std::string& into) {
    std::array<char, 65536> block;
    auto const size = ::read(fd, block.data(), block.size());
    if (size > 0) into.append(block.data(), static_cast<std::size_t>(size));
    return size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN));
}

void close_fd(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
}

}  // namespace

program_run::program_run(strings const& words, program_set_up const& set_up)
    : mark_(new_mark()), started_(clock::now()) {
    start(words, set_up);
}

void program_run::start(strings const& words, program_set_up const& set_up) {
    strings all = {program};
    all.insert(all.end(), words.begin(), words.end());
    strings variables = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "TERM=xterm", "LC_ALL=C.UTF-8",
                         mark_};
    for (auto const& added : set_up.environment) {
        auto const name =
            added.substr(0, added.find('=') + 1);  // a shell believes the last of two, getenv(3) the first
        std::erase_if(variables, [&](std::string const& known) { return known.starts_with(name); });
        variables.push_back(added);
    }
    auto const arguments = pointers(all);
    auto const environment = pointers(variables);

    int const input = file_of(set_up.input);
    int out = -1, err = -1;
    if (set_up.terminal) {
        if (::openpty(&out_fd_, &out, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
        ::fcntl(out_fd_, F_SETFD, FD_CLOEXEC);
        err = ::dup(out);
    } else {
        pipe_pair const out_pipe, err_pipe;
        out_fd_ = out_pipe.ends[0], out = out_pipe.ends[1];
        err_fd_ = err_pipe.ends[0], err = err_pipe.ends[1];
    }
    if (!set_up.out_file.empty()) {
        ::close(out);
        out = ::open(set_up.out_file.c_str(), O_WRONLY | O_CLOEXEC);
    }
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(input, 0), ::dup2(out, 1), ::dup2(err, 2);
        if (set_up.terminal) ::close(out), ::close(err);
        if (set_up.in_child) set_up.in_child();
        ::execve(arguments[0], arguments.data(), environment.data());
        ::_exit(126);
    }
    ::close(input), ::close(out), ::close(err);
}

program_run::~program_run() {
    if (!end_) ::kill(pid_, SIGKILL), ::waitpid(pid_, nullptr, 0);
    for (auto const pid : commands()) ::kill(pid, SIGKILL);
    close_fd(out_fd_);
    close_fd(err_fd_);
}

void program_run::signal(int number) const {
    ::kill(pid_, number);
}

void program_run::close_output() {
    close_fd(out_fd_);
}

void program_run::pump(std::chrono::milliseconds limit) {
    std::array<pollfd, 2> ready{{{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), static_cast<int>(limit.count()));
    if (ready[0].revents != 0 && !read_some(out_fd_, out_)) close_fd(out_fd_);
    if (ready[1].revents != 0 && !read_some(err_fd_, err_)) close_fd(err_fd_);
}

bool program_run::ended() {
    int status = 0;
    if (end_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return end_.has_value();
    end_.emplace();
    if (WIFEXITED(status)) end_->status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end_->signal = WTERMSIG(status);
    end_->duration = std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - started_);
    return true;
}

bool program_run::wait_for(std::function<bool()> const& condition) {
    for (auto const limit = clock::now() + 30s; clock::now() < limit; pump(5ms))
        if (condition()) return true;
    return false;
}

bool program_run::wait_for_output(std::string const& text) {
    return wait_for([&] { return out_.find(text) != std::string::npos; });
}

bool program_run::wait_for_errors(std::string const& text) {
    return wait_for([&] { return err_.find(text) != std::string::npos; });
}

bool program_run::wait_for_commands(std::size_t count) {
    return wait_for([&] { return commands().size() == count; });
}

program_end program_run::finish() {
    for (auto const limit = clock::now() + 60s; !ended(); pump(5ms))
        if (clock::now() > limit) signal(SIGKILL);
    while (out_fd_ >= 0 || err_fd_ >= 0) {  // children in the background may hold them open
        auto const before = out_.size() + err_.size();
        pump(0ms);
        if (out_.size() + err_.size() == before) break;
    }
    end_->out = out_;
    end_->err = err_;
    return *end_;
}

std::vector<pid_t> program_run::commands() const {
    std::vector<pid_t> found;
    auto* const proc = ::opendir("/proc");
    while (auto const* const entry = ::readdir(proc)) {
        std::string const name = entry->d_name;
        if (name[0] < '1' || name[0] > '9' || name == std::to_string(pid_)) continue;
        if (carries(name, mark_) && !is_zombie(name)) found.push_back(std::atoi(name.c_str()));
    }
    ::closedir(proc);
    return found;
}

program_end run_muster(strings const& words, program_set_up const& set_up) {
    return program_run(words, set_up).finish();
}

program_end run_here(strings words, program_set_up const& set_up) {
    words.insert(words.begin(), {"--transport", "exec"});
    return run_muster(words, set_up);
}

}  // namespace muster::test
