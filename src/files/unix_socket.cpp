// SPDX-License-Identifier: MIT
// Tries a socket of the file system (unix(7)).
#include "files/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace muster::files {

int connect_error(std::string const& path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
    std::ranges::copy(path, address.sun_path);
    int const fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return errno;
    int const code = ::connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address);
    int const error = code == 0 || errno == EAGAIN ? 0 : errno;
    ::close(fd);
    return error;
}

}  // namespace muster::files
