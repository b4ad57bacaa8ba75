// SPDX-License-Identifier: MIT
// Reads a whole file.
#include "ssh/bytes/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace muster::ssh {

namespace {

struct descriptor {
    int fd;
    ~descriptor() { ::close(fd); }
};

[[noreturn]] void fail(int error) {
    throw std::system_error(error, std::generic_category());
}

/// A FIFO without a writer must not hold the open, but its data may be waited for.
int open_for_reading(std::string const& path) {
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) fail(errno);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

}  // namespace

file_content read_file(std::string const& path, std::size_t limit) {
    descriptor const file{open_for_reading(path)};
    file_content content;
    if (::fstat(file.fd, &content.status) != 0) fail(errno);
    if (S_ISDIR(content.status.st_mode)) fail(EISDIR);

    auto const expected = static_cast<std::size_t>(content.status.st_size);
    auto& text = content.text;
    text.reserve(std::min(expected, limit) + 1);
    for (;;) {
        auto const before = text.size();
        text.resize(std::max(text.capacity(), before + 4096));
        auto const count = ::read(file.fd, text.data() + before, text.size() - before);
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count < 0 && errno != EINTR) fail(errno);
        if (count == 0) return content;
        if (text.size() > limit) fail(EFBIG);
    }
}

}  // namespace muster::ssh
