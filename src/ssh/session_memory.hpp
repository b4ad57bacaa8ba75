// SPDX-License-Identifier: MIT
// The memory of one libssh2 session: its large struct lies in pages of its own, of which only those stay resident that
// were ever written to. A session of 1.11.1 has 80 KiB, nearly all of it packet buffers that a short command never
// fills.
#pragma once

#include <cstddef>
#include <unordered_set>

namespace muster::ssh {

/// Outlives the session. The first allocation made through it is the session's struct. What the session has forgotten
/// to release goes with this object: 1.11.1 forgets a block with each new exchange of keys, and more when it breaks
/// off.
class session_memory {
  public:
    session_memory() = default;
    ~session_memory();
    session_memory(session_memory const&) = delete;
    session_memory& operator=(session_memory const&) = delete;

    void* allocate(std::size_t size) noexcept;
    void release(void* block) noexcept;
    void* resize(void* block, std::size_t size) noexcept;

    /// Gives back the pages of the struct that hold only zeros, as they do after libssh2 has cleared it.
    void trim() noexcept;

  private:
    bool own(void* block) noexcept;

    bool next_is_session_ = true;
    void* session_ = nullptr;
    std::size_t session_size_ = 0;
    std::unordered_set<void*> blocks_;  // all but the struct
};

}  // namespace muster::ssh
