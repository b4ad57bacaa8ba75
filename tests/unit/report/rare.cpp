// SPDX-License-Identifier: MIT
// Members that most results have empty.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <muster/rare.hpp>
#include <muster/report.hpp>

using namespace muster;

TEST_CASE("a rare value reads as what it holds, and as an empty one where it holds nothing") {
    rare<std::string> text;
    CHECK(text.empty());
    CHECK(text == "");
    std::string const& as_string = text;
    std::string_view const as_view = text;
    CHECK(as_string.empty());
    CHECK(as_view.empty());

    text = "exit status 3";
    CHECK(text == "exit status 3");
    CHECK(text->starts_with("exit"));
    CHECK(std::string_view(text).size() == text.size());
    text.edit() += "!";
    CHECK(*text == "exit status 3!");
    text.clear();
    CHECK(text.empty());
}

TEST_CASE("copies of a rare value are their own") {
    rare<std::vector<int>> const one = {1, 2, 3};
    auto other = one;
    other.edit().push_back(4);
    CHECK(one.size() == 3);
    CHECK(other.back() == 4);
    CHECK_FALSE(one == other);
    auto const moved = std::move(other);
    CHECK(moved.size() == 4);
    CHECK(std::exchange(other = one, {}) == one);
    CHECK(other.empty());
}

TEST_CASE("a host that has not run takes little room") {
    STATIC_CHECK(sizeof(rare<std::string>) == sizeof(void*));
    STATIC_CHECK(sizeof(host_result) <= 232);
}

TEST_CASE("text that is rare is used as text") {
    rare<std::string> const text = "exit status 3";
    CHECK(text.find("status") == 5);
    CHECK(std::string_view(text.c_str()) == text);
    CHECK(text.find("4") == text.npos);
    CHECK(text.starts_with("exit"));
    CHECK(text.substr(0, text.find(' ')) == "exit");
    CHECK("n1: " + text + "!" == "n1: exit status 3!");
}
