// SPDX-License-Identifier: MIT
// Makes the file with O_TMPFILE where the file system has it (open(2)), or unlinks it at once.
#include "files/nameless_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace muster::files {

std::string temporary_folder() {
    auto const* const chosen = std::getenv("TMPDIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

int nameless_file(std::string const& folder) {
    int const unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (unnamed >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return unnamed;
    auto path = folder + "/muster-XXXXXX";
    int const named = ::mkostemp(path.data(), O_CLOEXEC);
    if (named >= 0) ::unlink(path.c_str());
    return named;
}

}  // namespace muster::files
