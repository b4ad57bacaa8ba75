// SPDX-License-Identifier: MIT
// Files that lose their name at once, for bytes that memory must not hold.
#pragma once

#include <string>

namespace muster::files {

/// TMPDIR, or /tmp.
std::string temporary_folder();

/// A descriptor for reading and writing, for the caller to close: the file is gone with the last one. Its mode is 0600.
/// -1 and errno on failure.
int nameless_file(std::string const& folder);

}  // namespace muster::files
