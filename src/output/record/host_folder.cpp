// SPDX-License-Identifier: MIT
// Opens a folder once and makes files in it, by openat(2).
#include "output/record/host_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <muster/error.hpp>

#include "files/folder.hpp"
#include "ledger/command_hash.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_name = 240;  // NAME_MAX is 255; ".err" may follow

int open_folder(std::string const& path) {
    if (int const code = files::try_folder(path); code != 0) throw write_error(path, code);
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) throw write_error(path, errno);
    return descriptor;
}

bool is_plain(char byte) noexcept {
    auto const value = static_cast<unsigned char>(byte);
    return value > 0x20 && value != 0x7f && byte != '/' && byte != '%';
}

void append_encoded(std::string& to, char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    auto const value = static_cast<unsigned char>(byte);
    ((to += '%') += digits[value >> 4u]) += digits[value & 15u];
}

}  // namespace

host_folder::host_folder(std::string path) : path_(std::move(path)), descriptor_(open_folder(path_)) {}

host_folder::host_folder(host_folder&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

host_folder::~host_folder() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool host_folder::same_as(host_folder const& other) const noexcept {
    struct stat mine {
    }, its{};
    return ::fstat(descriptor_, &mine) == 0 && ::fstat(other.descriptor_, &its) == 0 && mine.st_dev == its.st_dev &&
           mine.st_ino == its.st_ino;
}

int host_folder::create(std::string const& name) const {
    auto const whole = path_ + '/' + name;
    if (::unlinkat(descriptor_, name.c_str(), 0) != 0 && errno != ENOENT) throw write_error(whole, errno);
    int const file = ::openat(descriptor_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0) throw write_error(whole, errno);
    return file;
}

std::string host_file_name(std::string_view label) {
    auto const errors = label.ends_with(".err") ? label.size() - 4 : label.size();
    std::string name;
    for (std::size_t i = 0; i < label.size(); ++i) {
        bool const is_special_dot = label[i] == '.' && (i == 0 || i == errors);
        if (is_plain(label[i]) && !is_special_dot) {
            name += label[i];
        } else {
            append_encoded(name, label[i]);
        }
    }
    if (name.size() <= longest_name) return name;
    constexpr std::size_t scheme = 7, digits = 32;  // "sha256:"
    return name.substr(0, longest_name - digits - 2) + "%~" +
           ledger::command_hash(std::string(label)).substr(scheme, digits);
}

}  // namespace muster::output
