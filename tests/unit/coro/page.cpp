// SPDX-License-Identifier: MIT
// The code in packaging/structured-concurrency.md is the code of examples_*.cpp, word for word.
#include "support/paths.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
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
    REQUIRE(page.size() == 12);
    for (auto const& [name, text] : page) {
        INFO(name);
        CHECK(code[name] == text);
    }
    CHECK(code.size() == page.size());
}
