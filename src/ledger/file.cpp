// SPDX-License-Identifier: MIT
// Opens, locks and appends; a line that can't be written completely is taken back.
#include "ledger/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "files/descriptor.hpp"

namespace muster::ledger {

namespace {

constexpr std::string_view head = R"({"v":)";

bool ends_inside_a_line(int descriptor) {
    auto const size = ::lseek(descriptor, 0, SEEK_END);
    char last = '\n';
    return size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n';
}

/// Pipes and devices have no beginning to look at and can't be locked.
bool is_regular(int descriptor) {
    struct stat about {};
    return ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

/// Begins as a ledger does, or would have.
bool may_be_ledger(int descriptor) {
    if (!is_regular(descriptor)) return true;
    std::array<char, head.size()> begin;
    auto const size = ::pread(descriptor, begin.data(), begin.size(), 0);
    return size >= 0 && head.starts_with(std::string_view(begin.data(), static_cast<std::size_t>(size)));
}

/// The children that a killed run was about to start hold its lock until each has become a program of its own.
bool locked_by_another(int descriptor, file::opening kind) {
    if (!is_regular(descriptor)) return false;
    int const lock = kind == file::opening::shared ? LOCK_SH : LOCK_EX;
    for (int tries = 0; ::flock(descriptor, lock | LOCK_NB) != 0 && errno == EWOULDBLOCK; ++tries) {
        if (tries == 100) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// A new file's name is on disk only when its folder is (fsync(2)). A folder that can't be synced is no error.
void sync_folder_of(std::string const& path) {
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    int const descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    (void)!::fsync(descriptor);
    ::close(descriptor);
}

int open_for_appending(std::string const& path, file::opening kind) {
    int const create = kind == file::opening::existing_or_new ? O_CREAT : 0;
    int const descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | create, S_IRUSR | S_IWUSR);
    if (descriptor >= 0 && create != 0) sync_folder_of(path);
    return descriptor;
}

}  // namespace

std::optional<int> append_whole(int descriptor, std::string_view bytes) {
    auto const before = ::lseek(descriptor, 0, SEEK_END);
    int const code = files::write_all(descriptor, bytes);
    if (code == 0) return std::nullopt;
    if (before >= 0) (void)!::ftruncate(descriptor, before);
    return code;
}

file::file(std::string path, opening kind) : path_(std::move(path)), descriptor_(open_for_appending(path_, kind)) {
    if (descriptor_ < 0) throw write_error(name(), errno);
    auto const* const fault = locked_by_another(descriptor_, kind) ? "another run is writing it"
                              : may_be_ledger(descriptor_)         ? nullptr
                                                                   : "the file holds something else";
    if (fault == nullptr) return;
    ::close(descriptor_);
    throw refused(name() + ": " + fault);
}

file::file(file&& other) noexcept : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

file::~file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int file::release() {
    if (ends_inside_a_line(descriptor_)) {
        if (auto const code = append_whole(descriptor_, "\n")) throw write_error(name(), *code);
    }
    return std::exchange(descriptor_, -1);
}

}  // namespace muster::ledger
