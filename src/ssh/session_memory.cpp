// SPDX-License-Identifier: MIT
// See session_memory.hpp.
#include "ssh/session_memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace muster::ssh {

namespace {

/// Below this, pages of its own would waste more than they save.
constexpr std::size_t worth_own_pages = 32 * 1024;

bool is_zero(unsigned char const* page, std::size_t size) {
    return page[0] == 0 && std::memcmp(page, page + 1, size - 1) == 0;
}

}  // namespace

session_memory::~session_memory() {
    for (void* const block : blocks_) std::free(block);
    if (session_ != nullptr) ::munmap(session_, session_size_);
}

void* session_memory::allocate(std::size_t size) noexcept {
    bool const is_session = std::exchange(next_is_session_, false);
    if (is_session && size >= worth_own_pages) {
        void* const pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages != MAP_FAILED) {
            session_ = pages;
            session_size_ = size;
            return pages;
        }
    }
    void* const block = std::malloc(size);
    if (own(block)) return block;
    std::free(block);
    return nullptr;
}

bool session_memory::own(void* block) noexcept {
    try {
        if (block != nullptr) blocks_.insert(block);
        return block != nullptr;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

/// Also of what others have allocated for the session with malloc: a signature.
void session_memory::release(void* block) noexcept {
    if (block == nullptr || block == session_) return;  // the struct goes with this object
    blocks_.erase(block);
    std::free(block);
}

void* session_memory::resize(void* block, std::size_t size) noexcept {
    void* const moved = allocate(size);
    if (moved == nullptr || block == nullptr) return moved;
    std::memcpy(moved, block, std::min(size, ::malloc_usable_size(block)));
    release(block);
    return moved;
}

void session_memory::trim() noexcept {
    static auto const page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto* const begin = static_cast<unsigned char*>(session_);
    for (std::size_t at = 0; at + page_size <= session_size_; at += page_size) {
        if (is_zero(begin + at, page_size)) ::madvise(begin + at, page_size, MADV_DONTNEED);
    }
}

}  // namespace muster::ssh
