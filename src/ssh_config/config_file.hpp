// SPDX-License-Identifier: MIT
// How configuration files are found and read, as values, so that tests and fuzzers need no file system.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <muster/error.hpp>

namespace muster::ssh_config {

/// A configuration that can't be used. `what()` names file and line, or the option on the command line, and the reason.
struct config_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// Who may have written a file.
enum class trust {
    any,         ///< the user named the file
    owned_only,  ///< it must belong to root or the user, and no other user may write to it, as ssh asks of
                 ///< ~/.ssh/config
};

struct config_files {
    /// The text of a file; nothing when it does not exist. Throws config_error.
    std::function<std::optional<std::string>(std::string const& path, trust)> read;
    /// Files that fit a pattern of glob(7), sorted; no folders. Throws config_error.
    std::function<std::vector<std::string>(std::string const& pattern)> glob;
};

/// The file system. Reads at most 16 MiB of a file.
config_files const& files_on_disk();

}  // namespace muster::ssh_config
