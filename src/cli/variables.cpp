// SPDX-License-Identifier: MIT
// Looks variables up, with what counts where they are not set.
#include "cli/variables.hpp"

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

}  // namespace muster::cli
