// SPDX-License-Identifier: MIT
// The memory of one libssh2 session: bounded by who asks live(), wiped when secrets went through it, and given back.
#pragma once

#include <cstddef>

#include "ssh/libssh2/block_set.hpp"

namespace muster::ssh {

/// Outlives the session. What the session has forgotten to release goes with this object: 1.11.1 forgets a block with
/// each new exchange of keys, and more when it breaks off.
class session_memory {
  public:
    session_memory() = default;
    ~session_memory();
    session_memory(session_memory const&) = delete;
    session_memory& operator=(session_memory const&) = delete;

    void* allocate(std::size_t size) noexcept;
    void release(void* block) noexcept;
    void* resize(void* block, std::size_t size) noexcept;

    /// From now on, blocks are overwritten before they are freed: a secret goes through them. Or no longer.
    void wipe(bool on) noexcept { wipes_ = on; }

    /// What is in use, with what it costs to keep the books of each block.
    std::size_t live() const noexcept { return live_; }

  private:
    bool own(void* block) noexcept;
    void free(void* block) const noexcept;

    block_set blocks_;
    std::size_t live_ = 0;
    bool wipes_ = false;
};

}  // namespace muster::ssh
