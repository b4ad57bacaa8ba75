// SPDX-License-Identifier: MIT
// Copies a pipe's bytes into memory, and from a mebibyte on into a file without a name, from which many can read them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "process/unique_fd.hpp"

namespace muster {

/// Copies on a thread of its own until the end, an error, or its destruction; only the disk holds the pipe's writer
/// back.
class spool {
  public:
    /// What it tells, on its thread.
    struct listener {
        std::function<void(int file, std::size_t more)> grown;  ///< so many bytes more are in the file
        std::function<void()> ended;
        std::function<void(std::string reason)> failed;
    };

    /// Reads `from`, which must stay open. Throws std::system_error.
    spool(int from, listener tell);
    ~spool();

  private:
    void run();
    bool step();
    bool wait();
    void keep(char const* bytes, std::size_t size);
    void move_to_disk();

    listener tell_;
    unique_fd reader_;  // the pipe by another description, which may be non-blocking; -1: `from_` itself
    int from_;
    bool on_disk_ = false;
    std::size_t size_ = 0;
    unique_fd stop_;
    unique_fd file_;  // in memory, then on the disk, if that was needed or there is no such memory
    std::thread thread_;
};

}  // namespace muster
