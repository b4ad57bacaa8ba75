// SPDX-License-Identifier: MIT
// Reading configuration files from the file system.
#include "ssh_config/config_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace muster::ssh_config {
namespace {

constexpr std::size_t max_size = 16u << 20u;

class descriptor {
  public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }

  private:
    int fd_;
};

[[noreturn]] void fail(std::string const& path, int error) {
    throw config_error(fmt::format("{}: can't be read: {}", path, std::generic_category().message(error)));
}

// The group is the owner's own, as Debian gives each user one: it has the user's name, and no other member.
bool is_private_group(gid_t group, uid_t owner) {
    std::string text(65536, '\0');
    passwd user{};
    passwd* found_user = nullptr;
    if (getpwuid_r(owner, &user, text.data(), text.size() / 2, &found_user) != 0 || found_user == nullptr) return false;
    ::group entry{};
    ::group* found = nullptr;
    auto const half = text.size() / 2;
    if (getgrgid_r(group, &entry, text.data() + half, half, &found) != 0 || found == nullptr) return false;
    std::string_view const name(user.pw_name);
    if (user.pw_gid != group || name != entry.gr_name) return false;
    for (auto** member = entry.gr_mem; *member != nullptr; ++member)
        if (name != *member) return false;
    return true;
}

void check_owner(int fd, std::string const& path) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) fail(path, errno);
    auto const owner_ok = about.st_uid == 0 || about.st_uid == ::getuid();
    auto const group_ok = (about.st_mode & 020u) == 0 || is_private_group(about.st_gid, about.st_uid);
    if (owner_ok && group_ok && (about.st_mode & 002u) == 0) return;
    throw config_error(fmt::format(
        "{}: belongs to another user, or others may write to it; `chmod go-w {}` if its content is right", path, path));
}

std::string read_all(int fd, std::string const& path) {
    std::string text;
    for (;;) {
        char buffer[16384];
        auto const got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(path, errno);
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > max_size) throw config_error(fmt::format("{}: larger than {} MiB", path, max_size >> 20u));
    }
}

std::optional<std::string> read_file(std::string const& path, trust who) {
    descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return {};
        fail(path, errno);
    }
    if (who == trust::owned_only) check_owner(file.get(), path);
    return read_all(file.get(), path);
}

std::vector<std::string> glob_files(std::string const& pattern) {
    glob_t found{};
    auto const result = ::glob(pattern.c_str(), GLOB_MARK, nullptr, &found);
    std::vector<std::string> paths;
    if (result == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    std::erase_if(paths, [](auto const& path) { return path.ends_with('/'); });
    if (result != 0 && result != GLOB_NOMATCH) throw config_error(fmt::format("{}: can't be searched", pattern));
    return paths;
}

}  // namespace

config_files const& files_on_disk() {
    static config_files const disk{read_file, glob_files};
    return disk;
}

}  // namespace muster::ssh_config
