// SPDX-License-Identifier: MIT
// Reads /proc once for all groups.
#include "process/groups.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "process/unique_fd.hpp"

namespace muster::process {

namespace {

struct close_directory {
    void operator()(DIR* open) const noexcept { ::closedir(open); }
};
using directory = std::unique_ptr<DIR, close_directory>;

constexpr int share = 9;  // a pause is so many times as long as the pass before it

/// The process group in the text of /proc/PID/stat, unless the process is dead (proc(5)). The command's name, in
/// parentheses, may hold anything.
std::optional<pid_t> living_group(std::string_view stat) {
    auto const after_name = stat.rfind(") ");
    if (after_name == std::string_view::npos || stat.size() < after_name + 5) return std::nullopt;
    char const state = stat[after_name + 2];
    if (state == 'Z' || state == 'X') return std::nullopt;
    auto const parent = after_name + 4;
    auto const group = stat.find(' ', parent);
    if (group == std::string_view::npos) return std::nullopt;
    pid_t value = 0;
    std::from_chars(stat.data() + group + 1, stat.data() + stat.size(), value);
    return value;
}

std::optional<pid_t> living_group(int proc, char const* pid) {
    unique_fd const file(::openat(proc, (std::string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    std::array<char, 512> text{};
    auto const size = ::read(file.get(), text.data(), text.size());
    if (size <= 0) return std::nullopt;
    return living_group(std::string_view(text.data(), static_cast<std::size_t>(size)));
}

}  // namespace

void groups::look() {
    looked_ = clock::now();
    living_.clear();
    directory const proc(::opendir("/proc"));
    bool found_any = false;
    while (auto const* const entry = proc ? ::readdir(proc.get()) : nullptr) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        auto const group = living_group(::dirfd(proc.get()), entry->d_name);
        if (group) living_.insert(*group);
        found_any = found_any || group;
    }
    complete_ = found_any;
    auto const ended = clock::now();
    next_ = ended + share * (ended - looked_);
}

bool groups::may_live(pid_t group, clock::time_point moment) {
    if (looked_ < moment) {
        if (clock::now() < next_) return true;
        look();
    }
    return !complete_ || living_.contains(group);
}

}  // namespace muster::process
