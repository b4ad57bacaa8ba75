// SPDX-License-Identifier: MIT
// Looks variables up, with what counts where they are not set.
#include "cli/options/variables.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace muster::cli {

std::string value_of(environment const& variables, char const* name) {
    auto const* const value = variables(name);
    return value == nullptr ? "" : value;
}

std::string user_folder(environment const& variables, char const* name, std::string_view in_home) {
    auto folder = value_of(variables, name);
    if (folder.starts_with('/')) return folder;
    folder = value_of(variables, "HOME");
    return folder.empty() ? folder : folder.append("/").append(in_home);
}

bool is_told_by_run(std::string_view name, environment const& variables) {
    constexpr std::array<std::string_view, 8> gate = {"MUSTER_BATCH",  "MUSTER_BATCHES",   "MUSTER_TARGETS",
                                                      "MUSTER_OK",     "MUSTER_FAILED",    "MUSTER_LEFT",
                                                      "MUSTER_LEDGER", "MUSTER_HOSTS_FILE"};
    constexpr std::array<std::string_view, 2> host = {"MUSTER_ADDRESS", "MUSTER_PORT"};
    if (std::ranges::find(gate, name) != gate.end()) return variables("MUSTER_HOSTS_FILE") != nullptr;
    return std::ranges::find(host, name) != host.end() && variables("MUSTER_ADDRESS") != nullptr;
}

std::vector<std::string> environment_with(std::vector<std::string> told) {
    auto const is_told = [&](std::string_view entry) {
        auto const name = entry.substr(0, entry.find('=') + 1);
        return std::ranges::any_of(told, [&](std::string const& text) { return text.starts_with(name); });
    };
    std::vector<std::string> own;
    for (auto const* const* each = ::environ; *each != nullptr; ++each)
        if (!is_told(*each)) own.emplace_back(*each);
    own.insert(own.end(), std::move_iterator(told.begin()), std::move_iterator(told.end()));
    return own;
}

}  // namespace muster::cli
