// SPDX-License-Identifier: MIT
// Files without a name, and what is written to descriptors.
#include "files/nameless_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "files/descriptor.hpp"

using namespace muster;

TEST_CASE("a nameless file is for its owner alone, and is in no folder") {
    int const file = files::nameless_file(files::temporary_folder());
    REQUIRE(file >= 0);
    struct stat about {};
    REQUIRE(::fstat(file, &about) == 0);
    CHECK((about.st_mode & 07777U) == 0600U);
    CHECK(about.st_nlink == 0);
    CHECK(files::write_all(file, "kept") == 0);
    std::string back(4, '\0');
    CHECK(::pread(file, back.data(), back.size(), 0) == 4);
    CHECK(back == "kept");
    CHECK(files::close_checked(file, true) == 0);
}

TEST_CASE("a folder that is not there is an error") {
    CHECK(files::nameless_file("/proc/none") == -1);
    CHECK(errno == ENOENT);
}

TEST_CASE("all is written although the descriptor does not block and its reader is slow") {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    std::string const text(300'000, 'x');
    int code = -1;
    std::thread writer([&] {
        code = files::write_all(ends[1], text);
        ::close(ends[1]);
    });
    REQUIRE(::fcntl(ends[0], F_SETFL, 0) == 0);
    std::size_t size = 0;
    char room[4096];
    for (ssize_t got; (got = ::read(ends[0], room, sizeof room)) > 0;) size += static_cast<std::size_t>(got);
    writer.join();
    ::close(ends[0]);
    CHECK(code == 0);
    CHECK(size == text.size());
}
