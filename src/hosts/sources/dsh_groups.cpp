// SPDX-License-Identifier: MIT
// Finds dsh's files.
#include "hosts/sources/dsh_groups.hpp"

#include <algorithm>
#include <filesystem>

#include "hosts/read_host_file.hpp"

namespace muster::hosts {
namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;

bool exists(std::string const& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::optional<found_hosts> first_file(strings const& folders, std::string const& name) {
    for (auto const& folder : folders)
        if (exists(folder + name)) return read_host_file(folder + name, {});
    return std::nullopt;
}

strings group_names(strings const& folders) {
    strings out;
    std::error_code ignored;
    for (auto const& folder : folders)
        for (auto const& entry : fs::directory_iterator(folder + "/group", ignored))
            out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace

void add_dsh_groups(group_directory& to, strings const& folders) {
    auto const has_any = [](std::string const& folder) {
        return exists(folder + "/group") || exists(folder + "/machines.list");
    };
    if (std::ranges::none_of(folders, has_any)) return;
    group_source source;
    source.name = "dsh";
    source.origin = folders.front() + "/group";
    source.group = [folders](std::string const& group) -> std::optional<found_hosts> {
        if (group.find('/') != std::string::npos || group.starts_with('.')) return std::nullopt;
        return first_file(folders, "/group/" + group);
    };
    source.names = [folders] { return group_names(folders); };
    source.all = [folders] { return first_file(folders, "/machines.list"); };
    to.add(std::move(source), true);
}

}  // namespace muster::hosts
