// SPDX-License-Identifier: MIT
// See pull_folder.hpp.
#include "copy/pull_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <muster/copy.hpp>

#include "copy/tar_reader.hpp"

namespace muster::copy {

namespace fs = std::filesystem;

namespace {

/// This machine's disk, and no host, is at fault.
[[noreturn]] void fail(std::string const& path, int code = errno) {
    throw input_error(path + ": " + std::generic_category().message(code));
}

/// A label holds no "/"; what is left is that a name begins with a dot.
std::string folder_name(std::string const& label) {
    return label.starts_with('.') ? "%2E" + label.substr(1) : label;
}

}  // namespace

pulled_place place_of(std::string const& folder, std::string const& label, std::string const& name,
                      pulled_name pulled) {
    if (pulled == pulled_name::with_host) return {folder, name + "." + label};
    return {folder + "/" + folder_name(label), name};
}

pull_folder::pull_folder(std::string folder, std::string name, std::uint64_t most)
    : folder_(std::move(folder)), name_(std::move(name)), most_(most) {}

pull_folder::~pull_folder() {
    if (file_ >= 0) ::close(file_);
    std::error_code ignored;
    if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

/// The staging folder holds the bytes as "bytes", and of a directory what was unpacked as "tree".
void pull_folder::begin(bool directory) {
    directory_ = directory;
    std::error_code code;
    fs::create_directories(folder_, code);
    if (code) fail(folder_, code.value());
    auto name = folder_ + "/.muster-pull.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) fail(folder_);
    staging_ = name;
    auto const path = staging_ + "/bytes";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file_ < 0) fail(path);
}

void pull_folder::take(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const done = ::write(file_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail(staging_);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

void pull_folder::finish() {
    auto const target = folder_ + "/" + name_;
    auto const made = staging_ + (directory_ ? "/tree" : "/bytes");
    if (directory_) unpack(file_, made, most_);
    std::error_code code;
    auto const there = fs::symlink_status(target, code);
    bool const replaces = fs::is_directory(there) || (directory_ && fs::exists(there));
    if (replaces && ::rename(target.c_str(), (staging_ + "/old").c_str()) != 0) fail(target);
    if (::rename(made.c_str(), target.c_str()) == 0) return;
    int const error = errno;
    if (replaces) static_cast<void>(::rename((staging_ + "/old").c_str(), target.c_str()));
    fail(target, error);
}

}  // namespace muster::copy
