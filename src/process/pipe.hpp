// SPDX-License-Identifier: MIT
// A pipe, or a pair of sockets, between this process and a child.
#pragma once

#include <string_view>

#include <sys/types.h>

#include <asio/any_io_executor.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "process/unique_fd.hpp"

namespace muster::process {

struct pipe_ends {
    unique_fd reader;
    unique_fd writer;
};

/// Both ends are closed on exec, and neither has the number of a standard stream, even if this process was started with
/// those closed. Throws std::system_error.
pipe_ends open_pipe();

/// A connection between this process and a child, each of which may read and write.
struct socket_ends {
    unique_fd ours;
    unique_fd childs;
};

/// As open_pipe().
socket_ends open_socket_pair();

/// Throws std::system_error.
void make_non_blocking(unique_fd const& end);

asio::posix::stream_descriptor adopt(asio::any_io_executor const& loop, unique_fd fd);

/// write(2) that raises no SIGPIPE, whether or not this process ignores that signal.
ssize_t write_quietly(int fd, std::string_view bytes);

}  // namespace muster::process
