// SPDX-License-Identifier: MIT
// Words that a shell reads back as they were.
#include "output/terminal/shown_word.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace muster::output;

TEST_CASE("a word is shown as it is, in quotes, or without the control characters that it holds") {
    CHECK(shown_word("a=b,c@d:/x.y-1_+%") == "a=b,c@d:/x.y-1_+%");
    CHECK(shown_word("") == "''");
    CHECK(shown_word("it's $HOME") == "'it'\\''s $HOME'");
    CHECK(shown_word("a\nb\tc\x1b[m\x7f'\\") == "$'a\\nb\\tc\\033[m\\177\\'\\\\'");
}

TEST_CASE("a word has no hidden control and no byte that a terminal may take for one") {
    CHECK(shown_word("gr\xc3\xbc n\xe2\x80\xae") == "$'gr\xc3\xbc n\\342\\200\\256'");  // U+202E
    CHECK(shown_word("\xc2\x9b"
                     "2J") == "$'\\302\\2332J'");
    CHECK(shown_word("\x9b"
                     "2J") == "$'\\2332J'");
    CHECK(shown_word("gr\xc3\xbcn") == "'gr\xc3\xbcn'");
    CHECK(shown_word("gr\xc3\xbcn", charset::ascii) == "$'gr\\303\\274n'");
}
