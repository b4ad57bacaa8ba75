// SPDX-License-Identifier: MIT
// The file of a gate's hosts, and those that killed runs have left.
#include "cli/run/hosts_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/sandbox.hpp"

namespace fs = std::filesystem;
using muster::cli::hosts_file;

namespace {

void make_old(fs::path const& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

}  // namespace

TEST_CASE("a gate's hosts are in a file, which goes with its owner") {
    muster::test::sandbox const box;
    std::string path;
    {
        hosts_file const file(box.file(""), {"a", "b"});
        path = file.path();
        std::ifstream from(path);
        CHECK(std::string(std::istreambuf_iterator<char>(from), {}) == "a\nb\n");
    }
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("what a killed run has left goes, and what another run holds or has just made stays") {
    muster::test::sandbox const box;
    fs::path const folder = box.file("");
    for (auto const* const name : {"muster-hosts-left00", "muster-hosts-fresh0", "other"}) {
        std::ofstream(folder / name) << "a\n";
        if (std::string(name) != "muster-hosts-fresh0") make_old(folder / name);
    }
    hosts_file const held(folder, {"a"});
    make_old(held.path());
    hosts_file const next(folder, {"b"});
    CHECK_FALSE(fs::exists(folder / "muster-hosts-left00"));
    CHECK(fs::exists(folder / "muster-hosts-fresh0"));
    CHECK(fs::exists(folder / "other"));
    CHECK(fs::exists(held.path()));
}
