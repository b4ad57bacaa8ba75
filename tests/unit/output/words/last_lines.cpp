// SPDX-License-Identifier: MIT
// The last lines of a host's output.
#include "output/words/last_lines.hpp"

#include <catch2/catch_test_macros.hpp>

using muster::stream;
using muster::output::last_lines;

using lines = std::vector<std::string>;

TEST_CASE("the last lines of a stream are kept") {
    last_lines kept(2);
    CHECK(kept.lines() == lines{});
    kept.feed(stream::out, "one\ntw");
    CHECK(kept.lines() == lines{"one", "tw"});
    kept.feed(stream::out, "o\nthree\n");
    CHECK(kept.lines() == lines{"two", "three"});
    kept.feed(stream::out, "1\n2\n3\n4\n5");
    CHECK(kept.lines() == lines{"4", "5"});
    kept.feed(stream::out, "\n\n");
    CHECK(kept.lines() == lines{"5", ""});
}

TEST_CASE("a piece with just as many lines keeps the line that it completes") {
    last_lines kept(2);
    kept.feed(stream::out, "be");
    kept.feed(stream::out, "gun\nlast\n");
    CHECK(kept.lines() == lines{"begun", "last"});
}

TEST_CASE("two streams are kept in the order in which their lines end") {
    last_lines kept(3);
    kept.feed(stream::out, "out");
    kept.feed(stream::err, "err\n");
    kept.feed(stream::out, " 1\nout 2\n");
    kept.feed(stream::err, "oops");
    CHECK(kept.lines() == lines{"out 1", "out 2", "oops"});
}

TEST_CASE("long lines are cut, and nothing is kept when nothing is asked for") {
    last_lines kept(1);
    kept.feed(stream::out, std::string(1000, 'x'));
    kept.feed(stream::out, std::string(1000, 'x') + "\n");
    CHECK(kept.lines() == lines{std::string(last_lines::longest, 'x')});
    last_lines none(0);
    none.feed(stream::out, "x\ny");
    CHECK(none.lines() == lines{});
}
