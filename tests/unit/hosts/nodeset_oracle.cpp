// SPDX-License-Identifier: MIT
// Random patterns and set expressions mean what they mean to ClusterShell's NodeSet, and fold to no more items.
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>

#include <muster/host.hpp>

#include "support/paths.hpp"

namespace {

using muster::fold;
using muster::parse_hosts;
using strings = std::vector<std::string>;

/// Patterns that both sides should take, and near misses that both should refuse.
class pattern_source {
  public:
    explicit pattern_source(unsigned seed) : random_(seed) {}

    std::string expression() {
        auto out = item();
        for (auto n = pick(5); n-- > 0;) out += strings{",", ",", "!", "&", "^", " ! ", ", "}[pick(7)] + item();
        return out;
    }

    std::string damaged() {
        auto text = expression();
        auto const position = pick(text.size() + 1);
        if (pick(2) == 0 && position < text.size()) return text.erase(position, 1);
        return text.insert(position, 1, std::string("[],-!&/0a")[pick(9)]);
    }

    std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  private:
    std::string item() {
        auto out = strings{"n", "web", "a-", "r1n"}[pick(4)] + number();
        if (pick(3) == 0) out += strings{"b", "-x", ".c"}[pick(3)] + number();
        if (pick(6) == 0) out += ".dc" + number();
        return out;
    }

    std::string number() {
        if (pick(2) == 0) return std::to_string(pick(30));
        std::string out = "[" + range();
        while (pick(3) == 0) out += "," + range();
        return out + "]";
    }

    std::string range() {
        auto const low = pick(12);
        auto const width = pick(4) == 0 ? std::size_t{2} : std::size_t{0};
        if (pick(3) == 0) return padded(low, width);
        auto const out = padded(low, width) + "-" + padded(low + pick(8), width);
        return width == 0 && pick(5) == 0 ? out + "/" + std::to_string(1 + pick(3)) : out;
    }

    static std::string padded(std::size_t value, std::size_t width) {
        auto const digits = std::to_string(value);
        return std::string(width > digits.size() ? width - digits.size() : 0, '0') + digits;
    }

    std::mt19937 random_;
};

struct answer {
    bool accepted = false;
    std::size_t items = 0;
    std::string hosts;
};

/// Empty where ClusterShell is not installed.
std::vector<answer> ask_nodeset(strings const& patterns) {
    auto const folder = std::filesystem::temp_directory_path();
    auto input = (folder / "muster-nodeset-XXXXXX").string();
    REQUIRE(::close(::mkstemp(input.data())) == 0);
    std::ofstream file(input);
    for (auto const& pattern : patterns) file << pattern << '\n';
    file.close();
    auto const script = std::string(muster::test::source_dir) + "/tests/support/nodeset_oracle.py";
    auto const command = "/usr/bin/python3 -B " + script + " <" + input;
    FILE* const pipe = ::popen(command.c_str(), "re");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 65536> block;
    while (auto const size = std::fread(block.data(), 1, block.size(), pipe)) text.append(block.data(), size);
    auto const end = ::pclose(pipe);
    std::filesystem::remove(input);
    std::vector<answer> out;
    if (!WIFEXITED(end) || WEXITSTATUS(end) != 0) return out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        auto const tab = line.find('\t');
        if (tab == std::string::npos)
            out.push_back({});
        else
            out.push_back({true, std::stoul(line.substr(0, tab)), line.substr(tab + 1)});
    }
    return out;
}

strings labels_of(muster::host_list const& hosts) {
    strings out;
    for (auto const& host : hosts) out.push_back(host.label());
    return out;
}

std::string joined(strings all) {
    std::ranges::sort(all);
    std::string out;
    for (auto const& each : all) out += (out.empty() ? "" : ",") + each;
    return out;
}

std::size_t items_of(std::string const& folded) {
    std::size_t count = folded.empty() ? 0 : 1;
    bool inside = false;
    for (char const c : folded) {
        if (c == '[' || c == ']') inside = c == '[';
        if (c == ',' && !inside) ++count;
    }
    return count;
}

answer ask_muster(std::string const& pattern) {
    try {
        auto const labels = labels_of(parse_hosts(pattern));
        return {true, items_of(fold(labels)), joined(labels)};
    } catch (muster::host_syntax_error const&) {
        return {};
    }
}

/// Where the two differ on purpose, as the man page lists it.
bool differs_on_purpose(std::string const& pattern) {
    static std::regex const step(R"((\d-\d+)/\d+)");
    static std::array const differences = {
        std::regex(R"([^,!&^\s]\s+[^,!&^\s])"),  // blanks in a name
        std::regex(R"((^|[,!&^\s])[-.])"),       // items that begin with a minus or a dot
        std::regex(R"(\d\[|\]\d|\]\[)"),         // numbers beside brackets
        std::regex(R"([[,]-|\d-\d+-)"),          // negative numbers
        std::regex(R"([[,]0\d-\d{3,})"),         // an end with more digits than a padded begin
        std::regex("/"),                         // slashes but for a step
    };
    auto const without_steps = std::regex_replace(pattern, step, "$1");
    return std::ranges::any_of(differences, [&](auto const& each) { return std::regex_search(without_steps, each); });
}

}  // namespace

TEST_CASE("random set expressions mean what they mean to ClusterShell, folded into no more items") {
    pattern_source source(20261127);
    strings patterns;
    for (int i = 0; i < 5000; ++i) patterns.push_back(source.expression());
    auto const theirs = ask_nodeset(patterns);
    if (theirs.empty()) SKIP("ClusterShell is not installed");
    REQUIRE(theirs.size() == patterns.size());
    std::size_t our_items = 0;
    std::size_t their_items = 0;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (!theirs[i].accepted) continue;  // [08-10]x[1/2] and the like: see the man page
        CAPTURE(patterns[i]);
        auto const ours = ask_muster(patterns[i]);
        CHECK(ours.accepted);
        CHECK(ours.hosts == theirs[i].hosts);
        our_items += ours.items;
        their_items += theirs[i].items;
    }
    CAPTURE(our_items, their_items);
    CHECK(our_items <= their_items);
}

TEST_CASE("damaged set expressions are taken or refused as by ClusterShell, but for what the man page lists") {
    pattern_source source(42);
    strings patterns;
    for (int i = 0; i < 5000; ++i) patterns.push_back(source.damaged());
    auto const theirs = ask_nodeset(patterns);
    if (theirs.empty()) SKIP("ClusterShell is not installed");
    REQUIRE(theirs.size() == patterns.size());
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        CAPTURE(patterns[i], theirs[i].hosts);
        auto const ours = ask_muster(patterns[i]);
        if (differs_on_purpose(patterns[i])) continue;
        if (theirs[i].accepted) CHECK(ours.hosts == theirs[i].hosts);
        CHECK(ours.accepted == theirs[i].accepted);
    }
}
