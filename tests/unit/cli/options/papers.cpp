// SPDX-License-Identifier: MIT
// Help, man page and README tell of the options that there are, and of no others.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <muster/outcome.hpp>

#include "cli/options/help.hpp"
#include "cli/options/option_table.hpp"
#include "support/paths.hpp"

using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

using names = std::set<std::string>;

std::string file(std::string const& path) {
    std::ifstream in(std::string(muster::test::source_dir) + "/" + path);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string replaced(std::string const& text, char const* pattern, char const* by) {
    return std::regex_replace(text, std::regex(pattern), by);
}

names found(std::string const& text, char const* pattern) {
    std::regex const expression(pattern);
    names all;
    for (std::sregex_iterator found(text.begin(), text.end(), expression), end; found != end; ++found)
        all.insert((*found)[1]);
    return all;
}

names long_names() {
    names all;
    for (auto const& row : option_table()) all.insert("--" + std::string(row.name));
    return all;
}

constexpr auto long_name = "(?:^|[^a-zA-Z-])(--[a-z][a-z0-9-]+)";

/// "-f, --fanout N", or without letter or value.
std::string heading(option_row const& row) {
    auto const letter = row.letter == 0 ? std::string() : std::string{'-', row.letter, ',', ' '};
    return letter + "--" + std::string(row.name) + value_form(row);
}

/// The man page without its fonts and escapes.
std::string man_page() {
    return replaced(replaced(file("packaging/man/muster.1"), R"(\\f[BIR])", ""), R"(\\-)", "-");
}

}  // namespace

TEST_CASE("the help tells of every option") {
    auto const help = help_text();
    for (auto const& row : option_table()) CHECK_THAT(help, ContainsSubstring(heading(row)));
    CHECK(found(help, long_name) == long_names());
    auto const known = long_names();
    for (auto const& name : found(short_help_text(), long_name)) CHECK(known.contains(name));
}

TEST_CASE("the man page has an entry for every option, and names no other") {
    auto const page = man_page();
    for (auto const& row : option_table()) {
        INFO(row.name);
        auto const entry = page.find("\n.TP\n" + heading(row) + "\n");
        REQUIRE(entry != std::string::npos);
        auto const section = page.rfind("\n.SS ", entry);
        CHECK(page.substr(section + 5, page.find('\n', section + 1) - section - 5) == row.group);
    }
    CHECK(found(page, long_name) == long_names());
}

TEST_CASE("the page and the schema of JSON have every stage") {
    auto const page = file("packaging/man/muster.jsonl.5");
    auto const schema = file("packaging/man/muster.jsonl.schema.json");
    std::string words = "A stage is ";
    for (auto each = muster::stage::none; each != muster::stage::total;
         each = static_cast<muster::stage>(static_cast<int>(each) + 1)) {
        words += std::string(to_string(each)) + (each == muster::stage::after ? " or " : ", ");
        CHECK_THAT(schema, ContainsSubstring('"' + std::string(to_string(each)) + '"'));
    }
    CHECK_THAT(page, ContainsSubstring(words + "total."));
}

TEST_CASE("the man page has every exit status and state of the program") {
    auto const page = man_page();
    for (auto const* const status : {"130", "143", "129", "141", "4", "2", "1", "3", "0"})
        CHECK(std::regex_search(page, std::regex(R"(\n\.TP\n\.BR? ([^\n]* )?)" + std::string(status) + R"([ \n])")));
    for (auto const* const state : {"ok", "failed", "signalled", "no_status", "lost", "timed_out", "unreachable",
                                    "host_key", "auth", "refused", "stopped", "not_started"})
        CHECK_THAT(page, ContainsSubstring("\n.TP\n.B " + std::string(state) + "\n"));
}

TEST_CASE("the README names no option that is not there") {
    auto const text = replaced(file("README.md"), "(packaging/|cmake )[^\n]*", "");
    auto const known = long_names();
    for (auto const& name : found(text, long_name)) {
        CAPTURE(name);
        CHECK(known.contains(name));
    }
}

TEST_CASE("the code in the README is the code of the examples") {
    auto const text = file("README.md");
    std::string const begin = "```cpp\n";
    auto const examples = file("tests/examples/library.cpp") + file("tests/examples/async.cpp");
    std::size_t blocks = 0;
    for (auto position = text.find(begin); position != std::string::npos;
         position = text.find(begin, position + 1), ++blocks) {
        auto const code =
            text.substr(position + begin.size(), text.find("```", position + 1) - position - begin.size());
        CHECK_THAT(examples, ContainsSubstring(code));
    }
    CHECK(blocks > 0);
}

TEST_CASE("the README is short") {
    auto const text = file("README.md");
    CHECK(std::ranges::count(text, '\n') <= 150);
}
