// SPDX-License-Identifier: MIT
// Makes a file of another name, and renames it.
#include "files/replaced_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "files/descriptor.hpp"

namespace muster::files {

namespace {

constexpr mode_t permissions = 07777;
constexpr int most_attempts = 100;

/// Where a link leads to; what is no file yet stays as it is.
std::string resolved(std::string path) {
    std::unique_ptr<char, decltype(&::free)> const whole(::realpath(path.c_str(), nullptr), &::free);
    return whole ? std::string(whole.get()) : path;
}

}  // namespace

replaced_file::replaced_file(std::string path) : path_(resolved(std::move(path))) {}

void replaced_file::drop() noexcept {
    if (waits_.exchange(false)) ::unlink(beside_.c_str());
}

int replaced_file::open() {
    struct stat old {};
    bool const exists = ::stat(path_.c_str(), &old) == 0;
    bool const is_file = exists && S_ISREG(old.st_mode) && ::access(path_.c_str(), W_OK) == 0;
    if (is_file || !exists) {
        int const file = open_beside();
        if (file >= 0) {
            if (is_file) static_cast<void>(::fchmod(file, old.st_mode & permissions));
            return file;
        }
        if (!is_file || (errno != EACCES && errno != EROFS && errno != EPERM)) return -1;
    }
    return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

int replaced_file::open_beside() {
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        beside_ = path_ + '.' + std::to_string(::getpid()) + '.' + std::to_string(attempt);
        int const file = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        waits_ = file >= 0;
        if (file >= 0 || errno != EEXIST) return file;
    }
    return -1;
}

int replaced_file::finish(int descriptor) noexcept {
    if (!waits_) return 0;
    if (int const code = put_on_disk(descriptor)) return code;
    if (::rename(beside_.c_str(), path_.c_str()) != 0) return errno;
    waits_ = false;
    return 0;
}

}  // namespace muster::files
