// SPDX-License-Identifier: MIT
// What takes its place when it is whole.
#include "files/replaced_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "files/descriptor.hpp"
#include "support/sandbox.hpp"

using namespace muster;

namespace {

std::size_t count_of_files(std::string const& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("a file takes its place when it is finished, behind a link and with the mode of what was there") {
    test::sandbox here;
    auto const path = here.write("page", "before");
    ::chmod(path.c_str(), 0640);
    REQUIRE(::symlink("page", here.file("link").c_str()) == 0);
    files::replaced_file page(here.file("link"));
    int const file = page.open();
    REQUIRE(file >= 0);
    CHECK(files::write_all(file, "after") == 0);
    CHECK(here.read("page") == "before");
    CHECK(page.finish(file) == 0);
    CHECK(files::close_checked(file, true) == 0);
    CHECK(here.read("page") == "after");
    CHECK(std::filesystem::is_symlink(here.file("link")));
    struct stat now {};
    REQUIRE(::stat(path.c_str(), &now) == 0);
    CHECK((now.st_mode & 07777U) == 0640U);
}

TEST_CASE("what is not finished leaves all as it was, and a device is written as it is") {
    test::sandbox here;
    here.write("page", "before");
    auto const count = count_of_files(here.file("."));
    {
        files::replaced_file page(here.file("page"));
        files::close_checked(page.open(), true);
        CHECK(count_of_files(here.file(".")) == count + 1);
    }
    CHECK(here.read("page") == "before");
    CHECK(count_of_files(here.file(".")) == count);
    files::replaced_file device("/dev/null");
    int const file = device.open();
    CHECK(files::write_all(file, "x") == 0);
    CHECK(device.finish(file) == 0);
    CHECK(files::close_checked(file, true) == 0);
}
