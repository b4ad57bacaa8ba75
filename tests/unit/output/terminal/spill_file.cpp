// SPDX-License-Identifier: MIT
// The temporary file.
#include "output/terminal/spill_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "files/nameless_file.hpp"

using namespace muster;
using namespace muster::output;

TEST_CASE("Slots come back as they were put, and are used again") {
    spill_file file(files::temporary_folder());
    std::string const a(spill_file::slot_size, 'a'), b(spill_file::slot_size, 'b');
    auto const first = file.reserve();
    auto const second = file.reserve();
    CHECK(first != second);
    file.put(second, b);
    file.put(first, a);
    std::string back;
    file.get(first, back);
    CHECK(back == a);
    file.get(second, back);
    CHECK(back == b);
    file.release({first});
    CHECK(file.reserve() == first);
    CHECK(file.reserve() != second);
}

TEST_CASE("Where the directory takes no file it lies in memory") {
    spill_file file("/nonexistent");
    auto const slot = file.reserve();
    file.put(slot, "kept");
    std::string back;
    file.get(slot, back, 4);
    CHECK(back == "kept");
}

TEST_CASE("The file has no name") {
    auto name = (std::filesystem::temp_directory_path() / "muster-spill-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    {
        spill_file file(name);
        file.put(file.reserve(), std::string(spill_file::slot_size, 'x'));
        CHECK(std::filesystem::is_empty(name));
    }
    std::filesystem::remove(name);
}
