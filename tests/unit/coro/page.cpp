// SPDX-License-Identifier: MIT
// The code in packaging/structured-concurrency.md is the code of examples_*.cpp, word for word.
#include "support/paths.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

namespace {

using pieces = std::map<std::string, std::string>;

std::string name_in(std::string const& line, std::string const& before, std::string const& after) {
    if (!line.starts_with(before) || !line.ends_with(after) || line.size() <= before.size() + after.size()) return {};
    return line.substr(before.size(), line.size() - before.size() - after.size());
}

// The text between a line that names a piece and the line that ends it.
void read_pieces(std::string const& file, std::string const& before, std::string const& after, std::string const& end,
                 pieces& found) {
    std::ifstream in(std::string(muster::test::source_dir) + "/" + file);
    REQUIRE(in);
    std::string line, name;
    while (std::getline(in, line)) {
        if (line == end)
            name.clear();
        else if (!name.empty())
            found[name] += line + "\n";
        else
            name = name_in(line, before, after);
    }
}

}  // namespace

TEST_CASE("page: its code is the code that is compiled and tested", "[page]") {
    pieces code, page;
    for (auto const* file : {"examples_scopes.cpp", "examples_queues.cpp"})
        read_pieces(std::string("tests/unit/coro/") + file, "// [", "]", "// [end]", code);
    read_pieces("packaging/structured-concurrency.md", "```cpp ", "", "```", page);
    REQUIRE(page.size() == 14);
    for (auto const& [name, text] : page) {
        INFO(name);
        CHECK(code[name] == text);
    }
    CHECK(code.size() == page.size());
}

TEST_CASE("page: each row of the table of seeds names what runs it", "[page]") {
    std::string const top = std::string(muster::test::source_dir) + "/";
    pieces page;
    read_pieces("packaging/structured-concurrency.md", "```cpp ", "", "```", page);
    std::ifstream in(top + "packaging/seeds.md");
    std::string line;
    int rows = 0;
    while (std::getline(in, line)) {
        if (!line.starts_with("| ") || line.starts_with("| asyncio")) continue;
        ++rows;
        auto const column = line.substr(line.rfind('|', line.size() - 2));
        INFO(line);
        std::regex const named("`\\[([a-z-]+)\\]`|`([a-z_]+\\.cpp)`");
        std::sregex_iterator found(column.begin(), column.end(), named), end;
        CHECK(found != end);
        for (; found != end; ++found) {
            auto const &piece = (*found)[1], &file = (*found)[2];
            if (piece.matched) CHECK(page.contains(piece));
            if (file.matched) CHECK(std::filesystem::exists(top + "tests/unit/coro/" + file.str()));
        }
    }
    CHECK(rows > 30);
}
