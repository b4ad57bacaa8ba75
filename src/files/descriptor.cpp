// SPDX-License-Identifier: MIT
// System calls that are tried again, and what their errors mean.
#include "files/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace muster::files {

int write_all(int descriptor, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        auto const done = ::write(descriptor, bytes.data(), bytes.size());
        if (done >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(done));
        } else if (errno == EAGAIN) {  // another program that shares the descriptor made it non-blocking
            pollfd ready{descriptor, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

bool is_pipe(int descriptor) noexcept {
    struct stat about {};
    return ::fstat(descriptor, &about) == 0 && S_ISFIFO(about.st_mode);
}

int put_on_disk(int descriptor) noexcept {
    return ::fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
}

int close_checked(int descriptor, bool owned) noexcept {
    if (descriptor < 0) return 0;  // finished
    int const last = owned ? descriptor : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (last < 0) return 0;
    return ::close(last) == 0 || errno == EINTR ? 0 : errno;
}

}  // namespace muster::files
