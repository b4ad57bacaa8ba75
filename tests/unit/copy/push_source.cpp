// SPDX-License-Identifier: MIT
// What is read of a file or a directory before it is pushed.
#include <muster/copy.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/shell_run.hpp"

using namespace muster;
using namespace support;
using Catch::Matchers::ContainsSubstring;

namespace {

/// All that is at hand without waiting.
std::string bytes_of(pushed_content const& content) {
    std::string all(content.size, '\0');
    std::uint64_t done = 0;
    while (done < all.size()) {
        auto const found = content.bytes->try_read(done, std::span(all).subspan(done));
        if (found.what != command_input::look::bytes) break;
        done += found.size;
    }
    return all;
}

}  // namespace

TEST_CASE("a file is known with its size, digest, mode and name before a byte is sent") {
    test_folder const here;
    auto const content = push_source(here.write("f", "hello\n", 0750)).content();
    CHECK(content->size == 6);
    CHECK(content->sha256 == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    CHECK(content->mode == 0750);
    CHECK(content->base_name == "f");
    CHECK(bytes_of(*content) == "hello\n");
    CHECK(content->changed().empty());
}

TEST_CASE("a file that changes after it was read is noticed, and no byte more than announced is read") {
    test_folder const here;
    auto const path = here.write("f", "hello\n");
    auto const content = push_source(path).content();
    std::ofstream(path, std::ios::app) << "more";
    CHECK(bytes_of(*content) == "hello\n");
    CHECK_THAT(content->changed(), ContainsSubstring("has changed"));
    char room[4];
    CHECK(content->bytes->try_read(6, room).what == command_input::look::would_block);
    CHECK_THAT(content->bytes->failure(), ContainsSubstring("f: has changed while it was sent"));
}

TEST_CASE("a directory becomes the same tar each time, with links as links") {
    test_folder const here;
    here.write("d/b", "two", 0755);
    here.write("d/a", "one", 0600);
    std::filesystem::create_symlink("a", here.path("d/link"));
    push_source const once(here.path("d/"));
    push_source const again(here.path("d"));
    CHECK(once.content()->directory);
    CHECK(once.content()->base_name == "d");
    CHECK(once.content()->sha256 == again.content()->sha256);
    CHECK(once.content()->modes == "0600 0755");
    CHECK(once.warnings().empty());
    test_folder const out;
    out.write("tar", bytes_of(*once.content()));
    shell_run list("tar tvf tar && tar xf tar && cat a b link", out.path());
    CHECK(list.finish() == 0);
    CHECK_THAT(list.out(), ContainsSubstring("./link -> a"));
    CHECK_THAT(list.out(), ContainsSubstring("onetwoone"));
}

TEST_CASE("a link to a directory is followed where it is the source itself") {
    test_folder const here;
    here.write("d/f", "x");
    std::filesystem::create_symlink("f", here.path("d/inner"));
    std::filesystem::create_symlink("d", here.path("link"));
    auto const direct = push_source(here.path("d")).content();
    auto const linked = push_source(here.path("link")).content();
    CHECK(linked->directory);
    CHECK(linked->base_name == "link");
    CHECK(linked->sha256 == direct->sha256);
    CHECK(linked->tree == direct->tree);
}

TEST_CASE("a link that leads out of the directory is a warning") {
    test_folder const here;
    here.write("d/sub/x", "");
    std::filesystem::create_symlink("/etc/passwd", here.path("d/absolute"));
    std::filesystem::create_symlink("../../up", here.path("d/sub/up"));
    std::filesystem::create_symlink("../sub/x", here.path("d/sub/inside"));
    auto const warnings = push_source(here.path("d")).warnings();
    REQUIRE(warnings.size() == 2);
    CHECK_THAT(warnings[0], ContainsSubstring("./absolute -> /etc/passwd"));
    CHECK_THAT(warnings[1], ContainsSubstring("./sub/up -> ../../up"));
}

TEST_CASE("what is missing or no file is refused by name") {
    test_folder const here;
    CHECK_THROWS_AS(push_source(here.path("none")), copy_error);
    std::filesystem::create_directory(here.path("d"));
    REQUIRE(::mkfifo(here.path("d/fifo").c_str(), 0600) == 0);
    CHECK_THROWS_AS(push_source(here.path("d/fifo")), copy_error);
    try {
        push_source const refused(here.path("d"));
        FAIL("a FIFO was taken");
    } catch (copy_error const& error) {
        CHECK_THAT(error.what(), ContainsSubstring("d/fifo: is neither a file"));
    }
}

TEST_CASE("a tar of more than a mebibyte is kept on the disk and is the same") {
    test_folder const here;
    here.write("d/big", std::string(3'000'000, 'x'));
    auto const content = push_source(here.path("d")).content();
    test_folder const out;
    out.write("tar", bytes_of(*content));
    shell_run list("tar xf tar && wc -c <big", out.path());
    CHECK(list.finish() == 0);
    CHECK_THAT(list.out(), ContainsSubstring("3000000"));
}
