// SPDX-License-Identifier: MIT
// Reads a whole small file of keys, with what its permissions were at that moment.
#pragma once

#include "ssh/bytes/secret.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <string>

namespace muster::ssh {

struct file_content {
    secret_text text;
    struct stat status {};
};

/// Blocks. Throws std::system_error: what open and read say, EISDIR for a directory, EFBIG for more than `limit` bytes.
file_content read_file(std::string const& path, std::size_t limit);

}  // namespace muster::ssh
