// SPDX-License-Identifier: MIT
// Counts and wipes what libssh2 allocates, and frees what it has forgotten.
#include "ssh/libssh2/session_memory.hpp"

#include <malloc.h>
#include <openssl/crypto.h>

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
}

void session_memory::free(void* block) const noexcept {
    if (wipes_) OPENSSL_cleanse(block, ::malloc_usable_size(block));
    std::free(block);
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
    if (block == nullptr) return;
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
