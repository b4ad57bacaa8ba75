// SPDX-License-Identifier: MIT
// See session_memory.hpp.
#include "ssh/libssh2/session_memory.hpp"

#include <malloc.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace muster::ssh {

namespace {

constexpr std::size_t part_size = 256;

/// The heap's own header and the slot in the table.
constexpr std::size_t cost_of_block = 64;

bool is_zero(unsigned char const* bytes, std::size_t size) {
    return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, size - 1) == 0;
}

/// Whether a pointer somewhere in the struct leads into the struct.
bool points_into_itself(unsigned char const* begin, std::size_t size) {
    auto const from = reinterpret_cast<std::uintptr_t>(begin);
    for (std::size_t at = 0; at + sizeof from <= size; at += sizeof from) {
        std::uintptr_t word = 0;
        std::memcpy(&word, begin + at, sizeof word);
        if (word >= from && word - from < size) return true;
    }
    return false;
}

}  // namespace

session_pattern::session_pattern(LIBSSH2_SESSION* fresh, std::size_t size) : size_(size) {
    auto const* const begin = reinterpret_cast<unsigned char const*>(fresh);
    if (fresh == nullptr || points_into_itself(begin, size)) return;
    for (std::size_t at = 0; at < size; at += part_size) {
        std::size_t const length = std::min(part_size, size - at);
        if (is_zero(begin + at, length)) continue;
        parts_.push_back({at, std::vector<unsigned char>(begin + at, begin + at + length)});
    }
}

void session_pattern::copy_to(unsigned char* pages) const noexcept {
    for (auto const& one : parts_) std::memcpy(pages + one.at, one.bytes.data(), one.bytes.size());
}

session_memory::~session_memory() {
    blocks_.for_each([this](void* block) { free(block); });
    if (session_ != nullptr) ::munmap(session_, session_size_);
}

void session_memory::free(void* block) const noexcept {
    if (wipes_) OPENSSL_cleanse(block, ::malloc_usable_size(block));
    std::free(block);
}

LIBSSH2_SESSION* session_memory::start(session_pattern const& like, void* abstract) noexcept {
    void* const pages = ::mmap(nullptr, like.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return nullptr;
    session_ = pages;
    session_size_ = like.size();
    like.copy_to(static_cast<unsigned char*>(pages));
    auto* const session = static_cast<LIBSSH2_SESSION*>(pages);
    *libssh2_session_abstract(session) = abstract;
    return session;
}

/// Each block begins as an empty text: libssh2 1.11.1 makes room for the name in an exit-signal message, and reads it
/// as text even where the message was too short to have one.
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
