// SPDX-License-Identifier: MIT
// malloc and its family, counted, on top of glibc's own.
#include "support/heap.hpp"

#include <malloc.h>
#include <atomic>
#include <cerrno>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MUSTER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MUSTER_SANITIZED 1
#endif
#endif

#if defined(MUSTER_SANITIZED) || !defined(__GLIBC__)

std::size_t support::live_blocks() noexcept {
    return 0;
}
std::size_t support::live_bytes() noexcept {
    return 0;
}

#else

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names are glibc's
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace {

constinit std::atomic<std::size_t> blocks = 0;
constinit std::atomic<std::size_t> bytes = 0;

void* counted(void* block) noexcept {
    if (block == nullptr) return nullptr;
    blocks.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(malloc_usable_size(block), std::memory_order_relaxed);
    return block;
}

void discount(void* block) noexcept {
    if (block == nullptr) return;
    blocks.fetch_sub(1, std::memory_order_relaxed);
    bytes.fetch_sub(malloc_usable_size(block), std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
    return counted(__libc_malloc(size));
}
void* calloc(std::size_t n, std::size_t size) {
    return counted(__libc_calloc(n, size));
}
void free(void* block) {
    discount(block);
    __libc_free(block);
}
void* realloc(void* block, std::size_t size) {
    discount(block);
    void* const moved = __libc_realloc(block, size);
    if (moved == nullptr && size != 0) {
        counted(block);  // still there
        return nullptr;
    }
    return counted(moved);
}
void* memalign(std::size_t align, std::size_t size) {
    return counted(__libc_memalign(align, size));
}
void* aligned_alloc(std::size_t align, std::size_t size) {
    return counted(__libc_memalign(align, size));
}
int posix_memalign(void** result, std::size_t align, std::size_t size) {
    void* const block = counted(__libc_memalign(align, size));
    if (block == nullptr) return ENOMEM;
    *result = block;
    return 0;
}

}  // extern "C"

std::size_t support::live_blocks() noexcept {
    return blocks.load(std::memory_order_relaxed);
}
std::size_t support::live_bytes() noexcept {
    return bytes.load(std::memory_order_relaxed);
}

#endif
