// SPDX-License-Identifier: MIT
// Which sockets somebody listens at.
#include "files/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <string>

#include "support/sandbox.hpp"

using muster::files::connect_error;

TEST_CASE("a socket is tried without waiting, also where its queue is full") {
    muster::test::sandbox const folder;
    auto const path = folder.file("socket");
    CHECK(connect_error(path) == ENOENT);
    CHECK(connect_error(std::string(200, 'x')) == ENAMETOOLONG);

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    int const listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0);
    CHECK(connect_error(path) == ECONNREFUSED);
    REQUIRE(::listen(listener, 1) == 0);
    for (int n = 0; n < 5; ++n) CHECK(connect_error(path) == 0);
    ::close(listener);
    CHECK(connect_error(path) == ECONNREFUSED);
}
