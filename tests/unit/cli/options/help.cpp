// SPDX-License-Identifier: MIT
// The help: it fits a terminal and tells of every option.
#include "cli/options/help.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <set>
#include <sstream>
#include <string>

#include "cli/options/option_table.hpp"

using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the short help is one screen and names only options that there are") {
    std::istringstream lines(short_help_text());
    std::size_t rows = 0;
    for (std::string line; std::getline(lines, line); ++rows) CHECK(line.size() <= 80);
    CHECK(rows <= 23);
}

TEST_CASE("the help fits into 80 columns") {
    std::istringstream lines(help_text());
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(line.size() <= 80);
        CHECK_FALSE(line.ends_with(' '));
    }
}

TEST_CASE("names and letters of options are unique") {
    std::set<std::string_view> names;
    std::set<char> letters;
    for (auto const& row : option_table()) {
        CHECK(names.insert(row.name).second);
        if (row.letter != 0) CHECK(letters.insert(row.letter).second);
        std::istringstream excluded{std::string(row.excludes)};
        for (std::string name; excluded >> name;) CHECK(find_option(name) != nullptr);
    }
}

TEST_CASE("examples come first, options in groups") {
    auto const help = help_text();
    CHECK(help.find("Examples:") < help.find("Forms:"));
    CHECK(help.find("Forms:") < help.find("\nHosts:\n"));
    CHECK_THAT(help, ContainsSubstring("\n  -t, --connect-timeout TIME"));
    CHECK_THAT(help, ContainsSubstring("\n      --grace TIME"));
}

TEST_CASE("a typo finds the option that was meant, if there is one") {
    CHECK(nearest_option("fanuot") == "fanout");
    CHECK(nearest_option("hosst") == "hosts");
    CHECK(nearest_option("fail-fats") == "fail-fast");
    CHECK(nearest_option("command") == "command-timeout");
    CHECK(nearest_option("zzzzzz").empty());
    CHECK(nearest_option("").empty());
}

TEST_CASE("the version names the program and its libraries") {
    CHECK(version_text("libssh2 1, OpenSSL 3") == "muster " MUSTER_VERSION "\nlibssh2 1, OpenSSL 3\n");
}
