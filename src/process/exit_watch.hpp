// SPDX-License-Identifier: MIT
// Waiting on a loop for a child's end.
#pragma once

#include <chrono>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "process/child.hpp"

namespace muster::process {

/// Waits by the child's pidfd. Where the kernel refuses one (a container's seccomp filter, no descriptor left), it
/// looks again and again instead, every 50 ms at last. Not by SIGCHLD: a library must not take a signal from its
/// program.
class exit_watch {
  public:
    explicit exit_watch(asio::any_io_executor const& loop) : descriptor_(loop) {}

    /// Never fails: without a descriptor it falls back to looking.
    void open(child& watched);
    void close();
    bool is_open() const noexcept { return open_; }

    /// Returns when the child may have ended: ask child::exited().
    asio::awaitable<void> wait();

  private:
    asio::posix::stream_descriptor descriptor_;
    bool open_ = false;
    std::chrono::milliseconds pause_{1};
};

}  // namespace muster::process
