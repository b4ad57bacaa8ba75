// SPDX-License-Identifier: MIT
// The memory of one libssh2 session: its large struct lies in pages of its own, of which only those become resident
// that are written to. A session of 1.11.1 has 80 KiB, nearly all of it packet buffers that a short command never
// fills.
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

    /// Pages of zeros for the struct, which release() leaves alone. Call it once. Null: no memory.
    void* map(std::size_t size) noexcept;

    void* allocate(std::size_t size) noexcept;
    void release(void* block) noexcept;
    void* resize(void* block, std::size_t size) noexcept;

    /// From now on, blocks are overwritten before they are freed: a secret goes through them. Or no longer.
    void wipe(bool on) noexcept { wipes_ = on; }

    /// What is in use besides the struct, with what it costs to keep the books of each block.
    std::size_t live() const noexcept { return live_; }

  private:
    bool own(void* block) noexcept;
    void free(void* block) const noexcept;

    void* session_ = nullptr;
    std::size_t session_size_ = 0;
    block_set blocks_;  // all but the struct
    std::size_t live_ = 0;
    bool wipes_ = false;
};

}  // namespace muster::ssh
