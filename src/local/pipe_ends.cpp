// SPDX-License-Identifier: MIT
// See pipe_ends.hpp.
#include "local/pipe_ends.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace muster::local {

namespace {

[[noreturn]] void throw_errno(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The same file under a number that is none of the standard streams'.
unique_fd above_standard_streams(int fd) {
    unique_fd low(fd);
    if (fd > 2) return low;
    unique_fd high(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!high) throw_errno("fcntl");
    return high;
}

}  // namespace

pipe_ends open_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe2");
    unique_fd writer(ends[1]);
    unique_fd reader = above_standard_streams(ends[0]);
    return {std::move(reader), above_standard_streams(writer.release())};
}

void make_non_blocking(unique_fd const& end) {
    if (::fcntl(end.get(), F_SETFL, O_NONBLOCK) != 0) throw_errno("fcntl");
}

asio::posix::stream_descriptor adopt(asio::any_io_executor const& loop, unique_fd fd) {
    asio::posix::stream_descriptor adopted(loop);
    adopted.assign(fd.get());
    fd.release();
    return adopted;
}

}  // namespace muster::local
