// SPDX-License-Identifier: MIT
// Writes and locks the file, and removes those without a lock.
#include "cli/run/hosts_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>

#include <muster/error.hpp>

#include "files/descriptor.hpp"

namespace muster::cli {

namespace {

constexpr std::string_view head = "muster-hosts-";

/// Another run may have made it a moment ago, and not locked it yet.
bool is_old(std::filesystem::path const& path) {
    constexpr std::chrono::minutes moment{1};
    std::error_code unknown;
    auto const written = std::filesystem::last_write_time(path, unknown);
    return !unknown && std::filesystem::file_time_type::clock::now() - written > moment;
}

bool is_left_over(std::filesystem::path const& path) {
    if (!path.filename().string().starts_with(head) || !is_old(path)) return false;
    unique_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat about {};
    bool const is_ours =
        file && ::fstat(file.get(), &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == ::geteuid();
    return is_ours && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

void remove_left_over(std::filesystem::path const& folder) {
    std::error_code unknown;
    for (std::filesystem::directory_iterator each(folder, unknown), end; !unknown && each != end;
         each.increment(unknown))
        if (is_left_over(each->path())) ::unlink(each->path().c_str());
}

}  // namespace

hosts_file::hosts_file(std::filesystem::path const& folder, std::vector<std::string> const& hosts)
    : path_((folder / (std::string(head) + "XXXXXX")).string()) {
    remove_left_over(folder);
    file_ = unique_fd(::mkostemp(path_.data(), O_CLOEXEC));
    std::string text;
    for (auto const& host : hosts) text += host + '\n';
    int const code = file_ ? files::write_all(file_.get(), text) : errno;
    if (file_ && code != 0) ::unlink(path_.c_str());
    if (code != 0) throw write_error("the file of a gate's hosts, " + path_, code);
    ::flock(file_.get(), LOCK_EX);
}

hosts_file::~hosts_file() {
    ::unlink(path_.c_str());
}

}  // namespace muster::cli
