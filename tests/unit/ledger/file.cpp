// SPDX-License-Identifier: MIT
// The lock of a ledger's file.
#include "ledger/file.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>

using namespace muster;
using namespace std::chrono_literals;

TEST_CASE("ledger: a lock that the children of a killed run hold for a moment is waited for") {
    std::string path = std::filesystem::temp_directory_path() / "muster-ledger.XXXXXX";
    int const held = ::mkstemp(path.data());
    REQUIRE(::flock(held, LOCK_EX | LOCK_NB) == 0);
    auto opened = std::async(std::launch::async, [&] { return ledger::file(path).path(); });
    CHECK(opened.wait_for(100ms) == std::future_status::timeout);  // it waits, and does not refuse
    ::close(held);
    CHECK_NOTHROW(opened.get());
    std::filesystem::remove(path);
}
