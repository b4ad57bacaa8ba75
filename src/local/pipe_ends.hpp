// SPDX-License-Identifier: MIT
// A pipe between this process and a child.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "input/unique_fd.hpp"

namespace muster::local {

struct pipe_ends {
    unique_fd reader;
    unique_fd writer;
};

/// Both are closed on exec and none has a number of the standard streams, whatever was closed when we were started.
/// Throws std::system_error.
pipe_ends open_pipe();

/// Throws std::system_error.
void make_non_blocking(unique_fd const& end);

asio::posix::stream_descriptor adopt(asio::any_io_executor const& loop, unique_fd fd);

}  // namespace muster::local
