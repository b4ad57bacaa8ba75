// SPDX-License-Identifier: MIT
// Files that may name programs to run.
#pragma once

#include <optional>
#include <string>

namespace muster::hosts {

/// The file's text; nothing where there is none. Throws lookup_error for one that is not owned by root or this user, or
/// that others may write: whoever writes it decides what runs here.
std::optional<std::string> read_trusted_file(std::string const& path);

}  // namespace muster::hosts
