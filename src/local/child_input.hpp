// SPDX-License-Identifier: MIT
// The standard input of a child: the input on its way into a pipe.
#pragma once

#include <memory>
#include <span>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <muster/input.hpp>

#include "input/input_feed.hpp"
#include "process/unique_fd.hpp"

namespace muster::local {

/// Closed at the end of the input, and, without a word, when its reader has closed it.
class child_input {
  public:
    /// Throws std::system_error when there is no room for a pipe.
    child_input(asio::any_io_executor const& loop, std::shared_ptr<command_input> from);

    /// The child's end, until the child has it.
    int reader() const noexcept { return reader_.get(); }
    void child_has_it() noexcept { reader_.reset(); }

    bool is_open() const { return writer_.is_open(); }
    /// Writes what can be written now, within limits; `room` is used meanwhile.
    void write(std::span<char> room);
    /// Waits until more can be written. For one that is open.
    asio::awaitable<void> can_go_on();

  private:
    bool write_some(std::span<char> room);

    input_feed feed_;
    unique_fd reader_;
    asio::posix::stream_descriptor writer_;
    bool starved_ = false;  // waits for the input, not for the child
};

}  // namespace muster::local
