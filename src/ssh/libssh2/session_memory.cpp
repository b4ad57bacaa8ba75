// SPDX-License-Identifier: MIT
// See session_memory.hpp.
#include "ssh/libssh2/session_memory.hpp"

#include <malloc.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace muster::ssh {

namespace {

/// The heap's own header and the slot in the table.
constexpr std::size_t cost_of_block = 64;

}  // namespace

session_memory::~session_memory() {
    blocks_.for_each([this](void* block) { free(block); });
    if (session_ != nullptr) ::munmap(session_, session_size_);
}

void session_memory::free(void* block) const noexcept {
    if (wipes_) OPENSSL_cleanse(block, ::malloc_usable_size(block));
    std::free(block);
}

void* session_memory::map(std::size_t size) noexcept {
    void* const pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    session_ = pages;
    session_size_ = size;
    return pages;
}

/// Each block begins as an empty text, in case libssh2 reads one as text that it has not written.
void* session_memory::allocate(std::size_t size) noexcept {
    void* const block = std::malloc(std::max<std::size_t>(size, 1));
    if (block != nullptr) *static_cast<char*>(block) = '\0';
    if (own(block)) return block;
    std::free(block);
    return nullptr;
}

bool session_memory::own(void* block) noexcept {
    try {
        if (block == nullptr) return false;
        blocks_.insert(block);
        live_ += ::malloc_usable_size(block) + cost_of_block;
        return true;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

/// Also of what others have allocated for the session with malloc: a signature.
void session_memory::release(void* block) noexcept {
    if (block == nullptr || block == session_) return;  // the struct goes with this object
    if (blocks_.erase(block)) live_ -= ::malloc_usable_size(block) + cost_of_block;
    free(block);
}

void* session_memory::resize(void* block, std::size_t size) noexcept {
    void* const moved = allocate(size);
    if (moved == nullptr || block == nullptr) return moved;
    std::memcpy(moved, block, std::min(size, ::malloc_usable_size(block)));
    release(block);
    return moved;
}

}  // namespace muster::ssh
