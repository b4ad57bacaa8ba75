// SPDX-License-Identifier: MIT
// Which lines are marked, and where a line is ended for a mark.
#include "output/words/stage_marks.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using muster::stage;
using muster::output::stage_marks;

TEST_CASE("stage marks: each line that no command printed, in whatever pieces it comes") {
    stage_marks marks;
    CHECK(marks.mark(stage::command, "one\ntwo\n") == "one\ntwo\n");
    CHECK(marks.mark(stage::check, "we") == "check: we");
    CHECK(marks.mark(stage::check, "ll\n\nyes\n") == "ll\ncheck: \ncheck: yes\n");
    CHECK(marks.mark(stage::always, "end\n") == "always: end\n");
}

TEST_CASE("stage marks: a stage ends the line that the one before it has left open") {
    stage_marks marks;
    CHECK(marks.mark(stage::command, "no end") == "no end");
    CHECK(marks.mark(stage::check, "well") == "\ncheck: well");
    CHECK(marks.mark(stage::always, "") == "");
    CHECK(marks.mark(stage::always, "a") == "\nalways: a");
    CHECK(marks.mark(stage::command, "b") == "\nb");
}
