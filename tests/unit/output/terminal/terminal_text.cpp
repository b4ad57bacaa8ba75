// SPDX-License-Identifier: MIT
// What of a host's line a terminal gets.
#include "output/terminal/terminal_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using muster::output::append_terminal_text;
using muster::output::charset;
using muster::output::controls;

namespace {

std::string shown(std::string_view line, bool colour = true, controls controls = controls::dropped) {
    std::string text;
    append_terminal_text(text, line, controls, colour);
    return text;
}

}  // namespace

TEST_CASE("Colours pass and end with the line") {
    CHECK(shown("\x1b[1;31mred\x1b[0m x") == "\x1b[1;31mred\x1b[0m x\x1b[0m");
    CHECK(shown("\x1b[38;5;8mgrey") == "\x1b[38;5;8mgrey\x1b[0m");
    CHECK(shown("\x1b[38;2;8;8;8mgrey") == "\x1b[38;2;8;8;8mgrey\x1b[0m");
    CHECK(shown("\x1b[mx") == "\x1b[mx\x1b[0m");
    CHECK(shown("\x1b[31mred", false) == "red");
    CHECK(shown("plain") == "plain");
}

TEST_CASE("A line for a terminal that does not know UTF-8 has no byte above ASCII") {
    constexpr std::string_view line =
        "\xc3\x9b"
        "2J\xff\xc2\x9b"
        "2J\x1b[31m";
    std::string text;
    append_terminal_text(text, line, controls::dropped, true, charset::ascii);
    CHECK(text == "?2J?\x1b[31m\x1b[0m");
    text.clear();
    append_terminal_text(text, line, controls::spelled, false, charset::ascii);
    CHECK(text == "\\xc3\\x9b2J\\xff\\xc2\\x9b2J\\x1b[31m");
}

TEST_CASE("Text is never concealed") {
    CHECK(shown("\x1b[8msecret") == "secret");
    CHECK(shown("\x1b[08;31msecret") == "\x1b[31msecret\x1b[0m");
    CHECK(shown("\x1b[8:1msecret") == "secret");
}

TEST_CASE("Nothing else drives the terminal") {
    CHECK(shown("a\x1b[2Jb\x1b[1;1Hc\x1b[?1049hd") == "abcd");
    CHECK(shown("a\x1b]0;title\x07"
                "b\x1b]8;;http://x\x1b\\c\x1b]52;c;aGk=\x07"
                "d") == "abcd");
    CHECK(shown("a\x1bPq#0\x1b\\b\x1b"
                "cc\x1b(0d") == "abc0d");
    CHECK(shown("a\xc2\x9b"
                "31mb\xc2\x9d"
                "0;x\xc2\x9c"
                "c",
                false) == "abc");
    CHECK(shown("bell\x07\x08\x00\x7f") == "bell");
    CHECK(shown("a\xe2\x80\xae"
                "b") == "ab");
    CHECK(shown("\x1b[31;1") == "31;1");
    CHECK(shown("\x1b]0;never ended") == "0;never ended");
    CHECK(shown("a\xff"
                "b") ==
          "a\xef\xbf\xbd"
          "b");
    CHECK(shown("one\rtwo\r") == "two");
    CHECK(shown("é\t漢字") == "é\t漢字");
}

TEST_CASE("What was left out can be spelled out instead") {
    CHECK(shown("a\x1b]0;x\x07"
                "b\xff",
                true, controls::spelled) == "a\\x1b]0;x\\x07b\\xff");
    CHECK(shown("\x1b[31mx", true, controls::spelled) == "\x1b[31mx\x1b[0m");
    CHECK(shown("\x1b[31mx", false, controls::spelled) == "\\x1b[31mx");
}

TEST_CASE("Exact is exact") {
    CHECK(shown("a\x1b[2J\rb", true, controls::exact) == "a\x1b[2J\rb");
}
