// SPDX-License-Identifier: MIT
// The memory of libssh2's sessions: copies of a new one, in pages that come in only when they are needed.
#include "ssh/libssh2/session_memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "ssh/libssh2/block_set.hpp"
#include "support/heap.hpp"

using namespace muster::ssh;

namespace {

/// Counts what a new session allocates.
void* counting_allocate(std::size_t size, void** count) {
    if (*count != nullptr) ++*static_cast<int*>(*count);
    return std::calloc(1, size);
}

void plain_release(void* block, void**) {
    std::free(block);
}

void* plain_resize(void* block, std::size_t size, void**) {
    return std::realloc(block, size);
}

LIBSSH2_SESSION* new_session(int* count) {
    return libssh2_session_init_ex(&counting_allocate, &plain_release, &plain_resize, count);
}

session_pattern pattern_of_this_library() {
    auto* const fresh = new_session(nullptr);
    session_pattern taken(fresh, ::malloc_usable_size(fresh));
    libssh2_session_free(fresh);
    return taken;
}

std::size_t resident_pages(void* begin, std::size_t size) {
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> in((size + page - 1) / page);
    REQUIRE(::mincore(begin, size, in.data()) == 0);
    return static_cast<std::size_t>(std::ranges::count_if(in, [](unsigned char one) { return (one & 1U) != 0; }));
}

}  // namespace

TEST_CASE("a new session is one block, so that a copy shares nothing with it") {
    int blocks = 0;
    auto* const session = new_session(&blocks);
    CHECK(blocks == 1);
    *libssh2_session_abstract(session) = nullptr;
    libssh2_session_free(session);
}

TEST_CASE("the session of the library in use can be copied, and a copy works") {
    auto const pattern = pattern_of_this_library();
    REQUIRE(pattern.can_be_copied());
    session_memory memory;
    int mark = 0;
    auto* const session = memory.start(pattern, &mark);
    REQUIRE(session != nullptr);
    CHECK(*libssh2_session_abstract(session) == &mark);
    CHECK(libssh2_session_get_blocking(session) == 1);  // as a new one has it
    CHECK(libssh2_session_last_errno(session) == 0);
    CHECK(libssh2_session_get_timeout(session) == 0);
    CHECK(resident_pages(session, pattern.size()) <= 6);  // of 20
}

TEST_CASE("a struct that points into itself is not copied") {
    std::array<void*, 64> looping{};
    looping[40] = &looping[3];
    session_pattern const taken(reinterpret_cast<LIBSSH2_SESSION*>(looping.data()), sizeof looping);
    CHECK_FALSE(taken.can_be_copied());
}

TEST_CASE("what a session forgets to release goes with its memory") {
    auto const before = support::live_bytes();
    {
        session_memory memory;
        for (std::size_t size = 1; size < 500; ++size) {
            void* const block = memory.allocate(size);
            if (size % 3 == 0) memory.release(block);
            if (size % 5 == 0) memory.release(memory.resize(memory.allocate(size), 2 * size));
        }
        memory.release(std::malloc(10));  // somebody else's: a signature
    }
    CHECK(support::live_bytes() == before);
}

TEST_CASE("a set of blocks agrees with the standard library's") {
    std::mt19937 random(7);
    std::vector<char> heap(16 * 4096);
    block_set blocks;
    std::set<void*> expected;
    for (int round = 0; round < 20'000; ++round) {
        void* const block = &heap[16 * (random() % 4096)];
        bool const grows = random() % 5000 > expected.size();
        if (grows && expected.insert(block).second) blocks.insert(block);
        if (!grows) REQUIRE(blocks.erase(block) == (expected.erase(block) == 1));
        REQUIRE(blocks.size() == expected.size());
    }
    std::set<void*> found;
    blocks.for_each([&](void* block) { found.insert(block); });
    CHECK(found == expected);
}
