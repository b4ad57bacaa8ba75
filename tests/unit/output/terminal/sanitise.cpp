// SPDX-License-Identifier: MIT
// What a host prints can't drive the terminal.
#include "output/terminal/sanitise.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "output/terminal/utf8.hpp"

using namespace muster::output;

namespace {

std::string shown(std::string_view bytes) {
    std::string text;
    append_sanitised(text, bytes);
    return text;
}

}  // namespace

TEST_CASE("A terminal that does not know UTF-8 gets no byte above ASCII") {
    std::string text;
    append_sanitised(text,
                     "\xc3\x9b"
                     "2J \xc2\x9b x\xff",
                     charset::ascii);
    CHECK(text == "\\xc3\\x9b2J \\xc2\\x9b x\\xff");
}

TEST_CASE("In an error only an excerpt keeps its line feeds") {
    CHECK(sanitised_error("x\x1b[2J\nfake: \xe2\x80\xae: is a pipe") == "x\\x1b[2J\\x0afake: \\u202e: is a pipe");
    CHECK(sanitised_error("no host: x\n: ',' is missing\nweb[1-\x1b\n     ^") ==
          "no host: x\\x0a: ',' is missing\nweb[1-\\x1b\n     ^");
    CHECK(sanitised_error("x\n") == "x\\x0a");
    CHECK(sanitised_error("\n^") == "\\x0a^");
    CHECK(sanitised_error("a\nb\n \n") == "a\\x0ab\\x0a \\x0a");
}

TEST_CASE("Controls are spelled out, text stays") {
    struct {
        std::string_view from, to;
    } const table[] = {
        {"plain text\twith a tab", "plain text\twith a tab"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},          // the window's title
        {"\x1b]52;c;aGk=\x1b\\", "\\x1b]52;c;aGk=\\x1b\\"},  // the clipboard
        {"a\rweb2: forged", "a\\x0dweb2: forged"},           // another label
        {"a\nb", "a\\x0ab"},                                 // another line
        {"bell\x07 del\x7f bs\x08", "bell\\x07 del\\x7f bs\\x08"},
        {"\xc2\x9b"
         "31m",
         "\\u009b31m"},           // CSI as C1
        {"\xc2\x85", "\\u0085"},  // NEL
        {"\xe2\x80\xae"
         "txt.exe",
         "\\u202etxt.exe"},           // right-to-left override
        {"\xe2\x81\xa6", "\\u2066"},  // isolate
        {"\xd8\x9c", "\\u061c"},      // Arabic letter mark
        {"\xe2\x80\xa8", "\\u2028"},  // line separator
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xff\xfe", "\\xff\\xfe"},  // no UTF-8
        {"\x9b", "\\x9b"},           // CSI as a byte
        {"\xe2\x82", "\\xe2\\x82"},  // half a character
        {"C:\\new", "C:\\new"},
    };
    for (auto const& [from, to] : table) CHECK(shown(from) == to);
    CHECK(shown(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("Whatever is sanitised is harmless UTF-8") {
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 40, '\0');
        for (auto& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? 0xe2 : random() % 256);
        auto const text = shown(bytes);
        utf8_check check;
        check.add(text);
        REQUIRE(check.valid());
        for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(first_char(rest).size)) {
            auto const value = first_char(rest).value;
            REQUIRE((value == '\t' || value >= ' '));
            REQUIRE(value != 0x7f);
            REQUIRE_FALSE(is_hidden_control(value));
        }
        REQUIRE(shown(text) == text);
    }
}

TEST_CASE("A long text of a peer is cut between characters") {
    CHECK(sanitised("short", 10) == "short");
    CHECK(sanitised("0123456789abc", 10) == "0123456789...");
    CHECK(sanitised("12345678\xe2\x82\xac", 10) == "12345678\\x...");
    CHECK(sanitised("1234567\xe2\x82\xac"
                    "abc",
                    10) == "1234567\xe2\x82\xac...");
    CHECK(sanitised(std::string(4, '\x1b'), 10) == "\\x1b\\x1b\\x...");
    CHECK(sanitised(std::string(1000, 'x')).size() == 503);
}
