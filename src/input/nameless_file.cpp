// SPDX-License-Identifier: MIT
// See nameless_file.hpp.
#include "input/nameless_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace muster {

std::string temporary_folder() {
    auto const* const chosen = std::getenv("TMPDIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

/// O_TMPFILE where the file system has it (open(2)), else a file that loses its name at once.
unique_fd nameless_file(std::string const& where) {
    unique_fd file(::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return file;
    auto path = where + "/muster-XXXXXX";
    unique_fd named(::mkostemp(path.data(), O_CLOEXEC));
    if (named) ::unlink(path.c_str());
    return named;
}

}  // namespace muster
