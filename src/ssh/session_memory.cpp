// SPDX-License-Identifier: MIT
// See session_memory.hpp.
#include "ssh/session_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
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
    return std::malloc(size);
}

void session_memory::release(void* block) noexcept {
    if (block == nullptr || block != session_) std::free(block);  // the struct goes with this object
}

void* session_memory::resize(void* block, std::size_t size) noexcept {
    return std::realloc(block, size);
}

void session_memory::trim() noexcept {
    static auto const page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto* const begin = static_cast<unsigned char*>(session_);
    for (std::size_t at = 0; at + page_size <= session_size_; at += page_size) {
        if (is_zero(begin + at, page_size)) ::madvise(begin + at, page_size, MADV_DONTNEED);
    }
}

}  // namespace muster::ssh
