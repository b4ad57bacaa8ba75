// SPDX-License-Identifier: MIT
// Pipes whose ends are out of the way of the standard streams, and writing to them without SIGPIPE.
#include "process/pipe.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace muster::process {

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

socket_ends open_socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw_errno("socketpair");
    unique_fd childs(ends[1]);
    unique_fd ours = above_standard_streams(ends[0]);
    return {std::move(ours), above_standard_streams(childs.release())};
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

ssize_t write_quietly(int fd, std::string_view bytes) {
    sigset_t broken_pipe, before, pending;
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    ::sigpending(&pending);
    ssize_t const written = ::write(fd, bytes.data(), bytes.size());
    int const error = errno;
    if (written < 0 && error == EPIPE && ::sigismember(&pending, SIGPIPE) == 0) {
        timespec const at_once{};
        ::sigtimedwait(&broken_pipe, nullptr, &at_once);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return written;
}

}  // namespace muster::process
