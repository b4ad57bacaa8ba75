// SPDX-License-Identifier: MIT
// The code in packaging/structured-concurrency.md is the code of examples_*.cpp, word for word.
#include "support/paths.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

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

std::string text_of(std::string const& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> columns_of(std::string const& row) {
    std::vector<std::string> columns;
    for (std::size_t begin = 2, end; (end = row.find(" |", begin)) != row.npos; begin = end + 3)
        columns.push_back(row.substr(begin, end - begin));
    return columns;
}

/// What stands in each pair of brackets that matches.
std::vector<std::string> all_matches(std::string const& text, std::string const& expression) {
    std::regex const pattern(expression);
    std::vector<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
        found.push_back((*match)[1]);
    return found;
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

TEST_CASE("page: each row of the table of seeds names what runs it, and that has our names", "[page]") {
    std::string const top = std::string(muster::test::source_dir) + "/";
    pieces page;
    read_pieces("packaging/structured-concurrency.md", "```cpp ", "", "```", page);
    std::ifstream in(top + "packaging/seeds.md");
    std::string line;
    int rows = 0;
    while (std::getline(in, line)) {
        if (!line.starts_with("| ") || line.starts_with("| asyncio")) continue;
        ++rows;
        INFO(line);
        auto const columns = columns_of(line);
        REQUIRE(columns.size() == 5);
        auto const &ours = columns[3], &runs_in = columns[4];
        if (ours.starts_with("none: ")) {
            CHECK(runs_in == "-");
            continue;
        }
        std::string code;
        for (auto const& file : all_matches(runs_in, "`([a-z_]+\\.cpp)`"))
            code += text_of(top + "tests/unit/coro/" + file);
        for (auto const& piece : all_matches(runs_in, "`\\[([a-z-]+)\\]`")) {
            CHECK(page.contains(piece));
            code += page[piece];
        }
        CHECK_FALSE(code.empty());
        for (auto const& name : all_matches(ours, "`(?:[a-z_]+(?:::|\\.| ))*([a-z_]+)[(<`]")) {
            INFO(name);
            CHECK_FALSE(all_matches(code, "\\b(" + name + ")\\b").empty());
        }
    }
    CHECK(rows > 30);
}
