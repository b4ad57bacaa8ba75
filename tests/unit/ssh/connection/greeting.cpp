// SPDX-License-Identifier: MIT
// What a peer may say before the key exchange.
#include "ssh/connection/greeting.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using muster::ssh::greeting_reader;

namespace {

greeting_reader after(std::string const& bytes) {
    greeting_reader reader;
    reader.read(bytes);
    return reader;
}

}  // namespace

TEST_CASE("the identification string may follow other lines, and what follows it is not taken") {
    greeting_reader reader;
    std::string const bytes = "Welcome\r\nSSH\r\nSSH-2.0-OpenSSH_9.2\r\n\1\2\3";
    CHECK(reader.read(bytes) == bytes.size() - 3);
    CHECK(reader.complete());
    CHECK(reader.error().empty());
    CHECK(reader.read("more") == 0);
}

TEST_CASE("a greeting may come in any pieces") {
    greeting_reader reader;
    for (char const byte : std::string("hi\nSSH-1.99-x\n")) {
        CHECK_FALSE(reader.complete());
        CHECK(reader.read({&byte, 1}) == 1);
    }
    CHECK(reader.complete());
    CHECK(reader.text() == "hi SSH-1.99-x");
}

TEST_CASE("other versions, NUL bytes and endless greetings are errors") {
    CHECK(after("SSH-1.5-old\n").error() == "the server speaks SSH-1 only, or no SSH at all: SSH-1.5-old");
    CHECK(after(std::string("SSH-2.0-a\0b\n", 12)).error().find("NUL byte") != std::string::npos);
    auto const endless = after(std::string(greeting_reader::limit + 1, 'x'));
    CHECK(endless.error().find("no SSH- line in the first 64 KiB") != std::string::npos);
    CHECK_FALSE(endless.complete());
    CHECK(after(std::string(greeting_reader::limit - 20, '\n') + "SSH-2.0-late\n").complete());
}

TEST_CASE("what was wrong once takes nothing more") {
    auto wrong = after("SSH-1.5-old\n");
    CHECK(wrong.read("SSH-2.0-new\n") == 0);
    CHECK_FALSE(wrong.complete());
}
