// SPDX-License-Identifier: MIT
// The memory of libssh2's sessions: pages that come in only when they are needed.
#include "ssh/libssh2/session_memory.hpp"

#include <libssh2_muster.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "ssh/libssh2/block_set.hpp"
#include "support/heap.hpp"

using namespace muster::ssh;

namespace {

std::size_t resident_pages(void* begin, std::size_t size) {
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> in((size + page - 1) / page);
    REQUIRE(::mincore(begin, size, in.data()) == 0);
    return static_cast<std::size_t>(std::ranges::count_if(in, [](unsigned char one) { return (one & 1U) != 0; }));
}

}  // namespace

TEST_CASE("a new session touches few of its pages, and leaves them to who mapped them") {
    session_memory memory;
    auto const size = muster_session_size();
    void* const zeros = memory.map(size);
    REQUIRE(zeros != nullptr);
    auto* const session = muster_session_in(
        zeros, [](std::size_t bytes, void** self) { return static_cast<session_memory*>(*self)->allocate(bytes); },
        [](void* block, void** self) { static_cast<session_memory*>(*self)->release(block); },
        [](void* block, std::size_t bytes, void** self) {
            return static_cast<session_memory*>(*self)->resize(block, bytes);
        },
        &memory);
    REQUIRE(session == zeros);
    CHECK(*libssh2_session_abstract(session) == &memory);
    CHECK(libssh2_session_get_blocking(session) == 1);
    CHECK(resident_pages(session, size) <= 6);
    CHECK(size > 20 * 4096);
    libssh2_session_free(session);
    CHECK(static_cast<unsigned char*>(zeros)[size - 1] == 0);  // still mapped
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
