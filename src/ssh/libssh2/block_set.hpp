// SPDX-License-Identifier: MIT
// A set of addresses of heap blocks that costs no allocation of its own for each: libssh2 allocates a few hundred for
// every host.
#pragma once

#include <cstddef>
#include <vector>

namespace muster::ssh {

/// An open-addressed table, at most half full.
class block_set {
  public:
    /// `block` is not null and not in the set. Throws bad_alloc, and then does nothing.
    void insert(void* block);
    /// False: it was not in the set.
    bool erase(void* block) noexcept;
    std::size_t size() const noexcept { return size_; }

    template <class Visit>
    void for_each(Visit visit) const {
        for (void* const block : slots_) {
            if (block != nullptr) visit(block);
        }
    }

  private:
    std::size_t home(void const* block) const noexcept;
    std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (slots_.size() - 1); }
    void place(void* block) noexcept;
    void grow();

    std::vector<void*> slots_;  // a power of two of them, or none; null: empty
    std::size_t size_ = 0;
};

}  // namespace muster::ssh
