// SPDX-License-Identifier: MIT
// Writes under a temporary name, and renames the whole at the end.
#include "copy/pull_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <muster/copy.hpp>

#include "copy/tar_reader.hpp"

namespace muster::copy {

namespace fs = std::filesystem;

namespace {

/// This machine's disk, and no host, is at fault.
[[noreturn]] void fail(std::string const& path, int code = errno) {
    throw input_error(path + " cannot be written here: " + std::generic_category().message(code) +
                      "; what lay there is unchanged");
}

constexpr std::string_view staging_name = ".muster-pull.";

/// Empty: another process has the lock, or the file system knows none.
unique_fd locked(std::string const& folder) {
    unique_fd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    return file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(file) : unique_fd();
}

bool is_in_the_way(fs::file_status const& there, bool directory) {
    return fs::exists(there) && directory != fs::is_directory(there);
}

/// A label holds no "/"; what is left is that a name begins with a dot.
std::string folder_name(std::string const& label) {
    return label.starts_with('.') ? "%2E" + label.substr(1) : label;
}

/// With the label in place of each {host}.
std::string with_label(std::string folder, std::string const& label) {
    constexpr std::string_view mark = "{host}";
    auto const name = folder_name(label);
    for (auto at = folder.find(mark); at != std::string::npos; at = folder.find(mark, at + name.size()))
        folder.replace(at, mark.size(), name);
    return folder;
}

}  // namespace

pulled_place place_of(std::string const& folder, std::string const& label, std::string const& name,
                      pulled_name pulled) {
    auto const own = with_label(folder, label);
    if (pulled == pulled_name::with_host) return {own, name + "." + label};
    return {own != folder ? own : folder + "/" + folder_name(label), name};
}

void remove_leftovers(std::string const& folder) {
    std::error_code code;
    for (fs::directory_iterator found(folder, code), end; !code && found != end; found.increment(code)) {
        auto const& path = found->path();
        if (!path.filename().string().starts_with(staging_name)) continue;
        auto const lock = locked(path.string());
        std::error_code ignored;
        bool const holds_last = fs::exists(path / "old", ignored) && fs::exists(path / "tree", ignored);
        if (lock && !holds_last) fs::remove_all(path, ignored);
    }
}

pull_folder::pull_folder(std::string folder, std::string name, std::uint64_t most)
    : folder_(std::move(folder)), name_(std::move(name)), most_(most) {}

pull_folder::~pull_folder() {
    unpacking_.reset();
    if (file_ >= 0) ::close(file_);
    std::error_code ignored;
    if (!staging_.empty()) fs::remove_all(staging_, ignored);
}

/// The staging folder holds the bytes as "bytes", and of a directory what was unpacked as "tree".
void pull_folder::begin(bool directory) {
    directory_ = directory;
    std::error_code code;
    fs::create_directories(folder_, code);
    if (code) fail(target(), code.value());
    refuse_other_kind();
    make_staging();
    auto const path = staging_ + "/bytes";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file_ < 0 || !(directory_ || restrict_mode(file_, mode_))) fail(target());
}

/// Another process may have taken it for a leftover before it was locked.
void pull_folder::make_staging() {
    for (bool is_there = false; !is_there;) {
        staging_ = folder_ + "/" + std::string(staging_name) + "XXXXXX";
        if (::mkdtemp(staging_.data()) == nullptr) {
            int const error = errno;
            staging_.clear();
            fail(target(), error);
        }
        lock_ = locked(staging_);
        is_there = ::access(staging_.c_str(), F_OK) == 0;
    }
}

void pull_folder::take(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const done = ::write(file_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail(target());
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

/// As a push on the host: neither replaces the other, and whoever has put it there may need it.
void pull_folder::refuse_other_kind() const {
    std::error_code code;
    if (!is_in_the_way(fs::symlink_status(target(), code), directory_)) return;
    throw copy_error(target() +
                     (directory_ ? " is no directory here, and a directory does not replace it"
                                 : " is a directory here, and a file does not replace it") +
                     "; move it away, or pull to another folder");
}

/// A network's file system may find out only now that there is no room.
void pull_folder::close_file() {
    if (::close(std::exchange(file_, -1)) != 0) fail(target());
}

bool pull_folder::unpack_some() {
    try {
        if (!unpacking_) unpacking_ = std::make_unique<unpacking>(file_, staging_ + "/tree", most_);
        return unpacking_->go_on();
    } catch (input_error const& error) {
        throw input_error(target() + ", " + error.what() + "; what lay there is unchanged");
    }
}

bool pull_folder::finish_some() {
    if (directory_ && !unpack_some()) return false;
    unpacking_.reset();
    put_in_place(staging_ + (directory_ ? "/tree" : "/bytes"));
    return true;
}

void pull_folder::put_in_place(std::string const& made) {
    close_file();
    refuse_other_kind();
    auto const old = staging_ + "/old";
    bool const replaces = directory_ && ::rename(target().c_str(), old.c_str()) == 0;
    if (::rename(made.c_str(), target().c_str()) == 0) return;
    int const error = errno;
    if (replaces) static_cast<void>(::rename(old.c_str(), target().c_str()));
    fail(target(), error);
}

}  // namespace muster::copy
