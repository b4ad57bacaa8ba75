// SPDX-License-Identifier: MIT
// Groups of exceptions: text, nesting, split.
#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using muster::coro::describe;
using muster::coro::exception_group;

namespace {

template <class E>
std::exception_ptr ptr(E e) {
    return std::make_exception_ptr(std::move(e));
}

struct odd {};

exception_group nested() {
    exception_group const inner({ptr(std::runtime_error("inner")), ptr(std::out_of_range("range"))});
    return exception_group({ptr(std::runtime_error("outer")), ptr(inner), ptr(odd())});
}

}  // namespace

TEST_CASE("exception_group: what() names each", "[exception_group]") {
    CHECK(std::string(nested().what()) ==
          "3 errors: outer; [2 errors: inner; range]; exception of type (anonymous namespace)::odd");
    CHECK(std::string(exception_group({ptr(7)}).what()) == "1 error: exception of type int");
    CHECK(std::string(exception_group({}).what()) == "0 errors");
}

TEST_CASE("exception_group: split visits a type at any depth and returns the rest", "[exception_group]") {
    std::vector<std::string> texts;
    auto const rest = nested().split<std::runtime_error>([&](std::runtime_error& e) { texts.push_back(e.what()); });
    CHECK(texts == std::vector<std::string>{"outer", "inner"});
    REQUIRE(rest.size() == 2);
    CHECK(describe(rest[0]) == "range");
    CHECK_THROWS_AS(std::rethrow_exception(rest[1]), odd);
}

TEST_CASE("exception_group: split by a base class and by the group itself", "[exception_group]") {
    int visited = 0;
    CHECK(nested().split<std::exception const>([&](std::exception const&) { ++visited; }).size() == 1);
    CHECK(visited == 2);  // outer, and the nested group as one
    visited = 0;
    CHECK(nested().split<exception_group>([&](exception_group&) { ++visited; }).size() == 2);
    CHECK(visited == 1);
}

TEST_CASE("exception_group: flatten", "[exception_group]") {
    CHECK(nested().flatten().size() == 4);
    CHECK(exception_group({}).flatten().empty());
}

TEST_CASE("exception_group: an exception of the visitor leaves split", "[exception_group]") {
    auto const throws = [](odd&) { throw std::logic_error("visitor"); };
    CHECK_THROWS_AS((void)nested().split<odd>(throws), std::logic_error);
}

TEST_CASE("exception_group: copies share their content", "[exception_group]") {
    auto const original = nested();
    auto const copy = original;  // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(copy.what() == original.what());
    CHECK(copy.exceptions().data() == original.exceptions().data());
    static_assert(std::is_nothrow_copy_constructible_v<exception_group>);
}

TEST_CASE("describe: nothing and something", "[exception_group]") {
    CHECK(describe(nullptr) == "no exception");
    CHECK(describe(ptr(muster::coro::timed_out())) == "timed out");
}
