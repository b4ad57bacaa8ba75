// SPDX-License-Identifier: MIT
// Adds a line to a known_hosts file that others may write at the same time.
#include "ssh/keys/public_key.hpp"
#include "ssh/known_hosts/hashed_name.hpp"
#include "ssh/known_hosts/known_hosts.hpp"
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
    explicit appended_file(std::string path) : path_(std::move(path)), fd_(open_or_create()) {}
    ~appended_file() {
        if (fd_ >= 0) ::close(fd_);
    }
    appended_file(appended_file const&) = delete;
    appended_file& operator=(appended_file const&) = delete;

    /// The lock ends with the descriptor. A file system that has no locks is written without.
    void lock() const {
        auto const give_up = std::chrono::steady_clock::now() + longest_wait;
        while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) continue;
            if (errno != EWOULDBLOCK) return;
            if (std::chrono::steady_clock::now() > give_up) fail(path_, "another program keeps it locked");
            std::this_thread::sleep_for(pause);
        }
    }

    /// All of it in one write, or nothing.
    void append(std::string const& text) const {
        auto const before = size();
        auto const count = ::write(fd_, text.data(), text.size());
        if (count == static_cast<ssize_t>(text.size())) return;
        int const error = count < 0 ? errno : ENOSPC;
        if (count > 0 && ::ftruncate(fd_, before) != 0) fail(path_, "a line was written in part");
        errno = error;
        fail(path_, "can't be written");
    }

    bool ends_in_a_line() const {
        char last = '\n';
        auto const end = size();
        return end == 0 || ::pread(fd_, &last, 1, end - 1) != 1 || last == '\n';
    }

    void close() {
        if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "can't be written");
    }

  private:
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

    off_t size() const {
        struct stat status {};
        if (::fstat(fd_, &status) != 0) fail(path_, "can't be written");
        return S_ISREG(status.st_mode) ? status.st_size : 0;
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

void append_known_host(std::string const& file, std::string_view name, std::uint16_t port, byte_view key, bool hashed) {
    auto const host = known_hosts_name(name, port);
    if (!is_one_name(host)) throw known_hosts_error(file + ": no line can be written for the name \"" + host + "\"");
    auto const shown = hashed ? name_hasher(host).fresh() : host;
    auto line = shown + " " + std::string(key_type(key)) + " " + base64(key) + "\n";

    appended_file into(file);
    into.lock();
    if (!into.ends_in_a_line()) line.insert(0, "\n");
    into.append(line);
    into.close();
}

}  // namespace muster::ssh
