// SPDX-License-Identifier: MIT
// The memory of libssh2's sessions.
#include "ssh/libssh2/session_memory.hpp"

#include <libssh2.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "ssh/libssh2/block_set.hpp"
#include "support/heap.hpp"

using namespace muster::ssh;

TEST_CASE("a new session is small, and gives everything back") {
    session_memory memory;
    auto* const session = libssh2_session_init_ex(
        [](std::size_t bytes, void** self) { return static_cast<session_memory*>(*self)->allocate(bytes); },
        [](void* block, void** self) { static_cast<session_memory*>(*self)->release(block); },
        [](void* block, std::size_t bytes, void** self) {
            return static_cast<session_memory*>(*self)->resize(block, bytes);
        },
        &memory);
    REQUIRE(session != nullptr);
    CHECK(memory.live() < 4 * 1024);
    libssh2_session_free(session);
    CHECK(memory.live() == 0);
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
