// SPDX-License-Identifier: MIT
// Words that a shell reads back as they were.
#include "shell/quoting.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using muster::shell::shown_word;

TEST_CASE("a word is shown as it is, in quotes, or without the control characters that it holds") {
    CHECK(shown_word("a=b,c@d:/x.y-1_+%") == "a=b,c@d:/x.y-1_+%");
    CHECK(shown_word("") == "''");
    CHECK(shown_word("it's $HOME") == "'it'\\''s $HOME'");
    CHECK(shown_word("a\nb\tc\x1b[m\x7f'\\") == "$'a\\nb\\tc\\033[m\\177\\'\\\\'");
}
