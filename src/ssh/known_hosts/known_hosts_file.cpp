// SPDX-License-Identifier: MIT
// Appends a new key under a lock, where the file system has locks.
#include "ssh/known_hosts/known_hosts_file.hpp"

#include "ssh/keys/public_key.hpp"
#include "ssh/known_hosts/hashed_name.hpp"
#include "ssh/known_hosts/known_hosts_line.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace muster::ssh {

namespace {

constexpr auto longest_wait = std::chrono::seconds(5);
constexpr auto pause = std::chrono::milliseconds(10);

[[noreturn]] void fail(std::string const& file, std::string const& doing) {
    throw known_hosts_error(file + ": " + doing + ": " + std::generic_category().message(errno));
}

class appended_file {
  public:
    /// Opened and locked. The lock ends with the descriptor.
    explicit appended_file(std::string path) : path_(std::move(path)), fd_(open_or_create()) {
        try {
            lock();
            for (; !is_at_path(); lock()) reopen();  // it was replaced, as ssh-keygen -R does
        } catch (known_hosts_error const&) {
            ::close(fd_);
            throw;
        }
    }
    ~appended_file() {
        if (fd_ >= 0) ::close(fd_);
    }
    appended_file(appended_file const&) = delete;
    appended_file& operator=(appended_file const&) = delete;

    /// All of it in one write, or nothing.
    void append(std::string const& text) const {
        auto const now = status();
        auto const before = S_ISREG(now.st_mode) ? now.st_size : 0;
        auto const count = ::write(fd_, text.data(), text.size());
        if (count == static_cast<ssize_t>(text.size())) return;
        int const error = count < 0 ? errno : ENOSPC;
        if (count > 0 && ::ftruncate(fd_, before) != 0) fail(path_, "a line was written in part");
        errno = error;
        fail(path_, "can't be written");
    }

    bool ends_in_a_line() const {
        char last = '\n';
        auto const now = status();
        auto const end = S_ISREG(now.st_mode) ? now.st_size : 0;
        return end == 0 || ::pread(fd_, &last, 1, end - 1) != 1 || last == '\n';
    }

    struct stat status() const {
        struct stat now {};
        if (::fstat(fd_, &now) != 0) fail(path_, "can't be written");
        return now;
    }

    void close() {
        if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "can't be written");
    }

  private:
    /// A file system that has no locks is written without.
    void lock() const {
        auto const give_up = std::chrono::steady_clock::now() + longest_wait;
        while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) continue;
            if (errno != EWOULDBLOCK) return;
            if (std::chrono::steady_clock::now() > give_up) fail(path_, "another program keeps it locked");
            std::this_thread::sleep_for(pause);
        }
    }

    bool is_at_path() const {
        struct stat there {};
        auto const here = status();
        return ::stat(path_.c_str(), &there) == 0 && there.st_dev == here.st_dev && there.st_ino == here.st_ino;
    }

    void reopen() {
        int const newer = open_or_create();
        ::close(std::exchange(fd_, newer));
    }

    int open_or_create() const {
        constexpr int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
        int fd = ::open(path_.c_str(), flags, 0644);
        auto const slash = path_.rfind('/');
        if (fd < 0 && errno == ENOENT && slash != std::string::npos) {
            auto const folder = path_.substr(0, slash);
            if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) fd = ::open(path_.c_str(), flags, 0644);
        }
        if (fd < 0) fail(path_, "can't be opened for writing");
        return fd;
    }

    std::string path_;
    int fd_;
};

/// What would make another line of it, or mean other hosts.
bool is_one_name(std::string_view name) {
    for (auto const c : name)
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return false;
    return !name.empty() && name.find_first_of(",*?!|@#") == std::string_view::npos;
}

}  // namespace

std::string known_hosts_name(std::string_view name, std::uint16_t port) {
    auto lower = lower_case(name);
    if (port == 0 || port == 22) return lower;
    return "[" + lower + "]:" + std::to_string(port);
}

namespace {

std::string new_line(std::string const& host, byte_view key, bool hashed) {
    auto const shown = hashed ? name_hasher(host).fresh() : host;
    return shown + " " + std::string(key_type(key)) + " " + base64(key) + "\n";
}

bool same_time(timespec const& a, timespec const& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool same_content(struct stat const& a, struct stat const& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && same_time(a.st_mtim, b.st_mtim) &&
           same_time(a.st_ctim, b.st_ctim);
}

}  // namespace

void known_hosts_file::read_again_if_changed(struct stat const& now) {
    if (!S_ISREG(now.st_mode) || (left_as_ && same_content(*left_as_, now))) return;
    content_ = known_hosts({path_});
    left_as_ = now;
}

host_key_verdict known_hosts_file::look_up(std::string_view name, std::uint16_t port, byte_view key) const {
    auto verdict = content_.check(name, port, key);
    if (verdict.state != host_key_state::undecided) return verdict;
    return content_.up_to_date(content_.scan(name, port, key), name, port, key);
}

host_key_verdict known_hosts_file::add(std::string_view name, std::uint16_t port, byte_view key, bool hashed) {
    auto const host = known_hosts_name(name, port);
    if (!is_one_name(host)) throw known_hosts_error(path_ + ": no line can be written for the name \"" + host + "\"");
    std::lock_guard const alone(one_at_a_time_);
    appended_file into(path_);
    read_again_if_changed(into.status());
    auto const verdict = look_up(name, port, key);
    if (verdict.state != host_key_state::unknown) return verdict;
    into.append((into.ends_in_a_line() ? "" : "\n") + new_line(host, key, hashed));
    auto const written = into.status();
    into.close();
    content_.learn(name, port, key);
    left_as_ = written;
    return look_up(name, port, key);
}

}  // namespace muster::ssh
