// SPDX-License-Identifier: MIT
// Differences line by line.
#include "output/grouped/line_diff.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using muster::output::diff_base;

namespace {

std::optional<std::string> line_diff(std::string const& before, std::string const& after) {
    return diff_base(before).diff(after);
}

/// What patch(1) makes of `before`.
std::string patched(std::string const& before, std::string const& diff) {
    std::istringstream old(before), hunks(diff);
    std::string made, line;
    std::size_t position = 0;
    for (std::string step; std::getline(hunks, step);) {
        if (step[0] == '@') {
            std::size_t digits = 0;
            auto const first = std::stoul(step.substr(4), &digits);
            auto const count = step[4 + digits] == ',' ? std::stoul(step.substr(5 + digits)) : 1;
            for (auto const until = first - (count > 0 ? 1 : 0); position < until && std::getline(old, line);
                 ++position)
                made += line + "\n";
        } else if (step[0] == '+') {
            made += step.substr(1) + "\n";
        } else {
            REQUIRE(std::getline(old, line));
            REQUIRE(line == step.substr(1));
            ++position;
            if (step[0] == ' ') made += line + "\n";
        }
    }
    while (std::getline(old, line)) made += line + "\n";
    return made;
}

std::vector<std::string> lines_of(std::string const& text) {
    std::istringstream in(text);
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
}

std::string some_text(std::mt19937& random) {
    std::string text;
    for (auto lines = random() % 30; lines > 0; --lines)
        text += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    return text;
}

}  // namespace

TEST_CASE("A changed line stands between those around it") {
    CHECK(line_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") ==
          "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    CHECK(line_diff("", "new\n") == "@@ -0,0 +1 @@\n+new\n");
    CHECK(line_diff("old\n", "") == "@@ -1 +0,0 @@\n-old\n");
    CHECK(line_diff("same\n", "same\n") == "");
}

TEST_CASE("A missing line feed at the end is a difference, as with diff -u") {
    CHECK(line_diff("a\nb", "a\nb\n") == "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    CHECK(line_diff("a\nb", "x\nb") == "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n");
}

TEST_CASE("The differences make the one text of the other") {
    std::mt19937 random(7);
    for (int i = 0; i < 3000; ++i) {
        auto const before = some_text(random), after = some_text(random);
        auto const diff = line_diff(before, after);
        REQUIRE(diff);
        REQUIRE(patched(before, *diff) == after);
    }
}

TEST_CASE("Texts that have little in common are not compared") {
    std::string before, after;
    for (int i = 0; i < 2000; ++i) {
        before += "a" + std::to_string(i) + "\n";
        after += "b" + std::to_string(i) + "\n";
    }
    CHECK(!line_diff(before, after));
}

TEST_CASE("As many lines may differ as are asked for, and no more") {
    std::string before, other, moved;
    for (int i = 0; i < 500; ++i) {
        before += std::to_string(i) + "\n";
        other += "b" + std::to_string(i) + "\n";
        moved = std::to_string(i) + "\n" + moved;
    }
    diff_base const base(before);
    CHECK(base.diff(other, 1000));
    CHECK(!base.diff(other, 999));
    CHECK(base.diff(other + "c\n", 1001));
    CHECK(!base.diff(other + "c\n", 1000));
    CHECK(base.diff("", 500));
    CHECK(!base.diff("", 499));
    CHECK(base.diff(before + before, 500));
    CHECK(!base.diff(before + before, 499));
    CHECK(base.diff(moved, 998));
    CHECK(!base.diff(moved, 997));
}

TEST_CASE("A text is compared with many others as with one") {
    std::mt19937 random(11);
    for (int i = 0; i < 100; ++i) {
        auto const before = some_text(random);
        diff_base const base(before);
        for (int j = 0; j < 30; ++j) {
            auto const after = some_text(random);
            auto const diff = base.diff(after);
            REQUIRE(diff);
            REQUIRE(patched(before, *diff) == after);
            auto const changed = static_cast<std::size_t>(std::ranges::count_if(
                lines_of(*diff), [](auto const& line) { return line[0] == '+' || line[0] == '-'; }));
            REQUIRE(base.diff(after, changed) == diff);
            REQUIRE((changed == 0 || !base.diff(after, changed - 1)));
        }
    }
}

TEST_CASE("A text that has nothing in common with the first costs less than to number the lines of one") {
    std::string before, after;
    for (int i = 0; i < 200'000; ++i) {
        before += "a" + std::to_string(i) + "\n";
        after += "b" + std::to_string(i) + "\n";
    }
    auto const begun = std::clock();
    diff_base const base(before);
    auto const numbered = std::clock();
    for (int i = 0; i < 40; ++i) CHECK(!base.diff(after));
    CHECK(std::clock() - numbered < 30 * (numbered - begun + CLOCKS_PER_SEC / 100));
}
