// SPDX-License-Identifier: MIT
// Files that lose their name at once, for bytes that memory must not hold.
#pragma once

#include <string>

#include "process/unique_fd.hpp"

namespace muster {

/// TMPDIR, or /tmp.
std::string temporary_folder();

/// For reading and writing; gone with its last descriptor. -1 and errno when there is none to be had.
unique_fd nameless_file(std::string const& where);

}  // namespace muster
