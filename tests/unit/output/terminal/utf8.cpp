// SPDX-License-Identifier: MIT
// UTF-8: what is a character, and that cuts don't matter.
#include "output/terminal/utf8.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace muster::output;

namespace {

bool is_utf8(std::string_view bytes) {
    utf8_check check;
    check.add(bytes);
    return check.valid();
}

struct sample {
    std::string_view bytes;
    bool valid;
};

constexpr sample samples[] = {
    {"", true},
    {"plain", true},
    {"\xc3\xa4", true},               // two bytes
    {"\xe2\x82\xac", true},           // three
    {"\xf0\x9f\x98\x80", true},       // four
    {"\xf4\x8f\xbf\xbf", true},       // U+10FFFF
    {"\xed\x9f\xbf", true},           // just below the surrogates
    {"\xee\x80\x80", true},           // just above
    {"\xc0\x80", false},              // over-long NUL
    {"\xc1\xbf", false},              // over-long
    {"\xe0\x9f\xbf", false},          // over-long
    {"\xf0\x8f\xbf\xbf", false},      // over-long
    {"\xed\xa0\x80", false},          // a surrogate
    {"\xf4\x90\x80\x80", false},      // above U+10FFFF
    {"\xf5\x80\x80\x80", false},      // no lead
    {"\x80", false},                  // a continuation alone
    {"\xff", false},                  //
    {"\xc3", false},                  // ends inside a character
    {"abc\xe2\x82", false},           //
    {"\xe2\x82\x41", false},          // a letter inside a character
    {"12345678901234567\xff", false}  // behind the first word of eight
};

}  // namespace

TEST_CASE("UTF-8 is told from other bytes") {
    for (auto const& [bytes, valid] : samples) {
        CAPTURE(bytes);
        CHECK(is_utf8(bytes) == valid);
    }
    CHECK(is_utf8(std::string_view("\0", 1)));
}

TEST_CASE("A check of a stream does not depend on its cuts") {
    for (auto const& [bytes, valid] : samples) {
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            utf8_check check;
            for (char const byte : bytes.substr(0, cut)) check.add({&byte, 1});
            check.add(bytes.substr(cut));
            CAPTURE(bytes, cut);
            CHECK(check.valid() == valid);
        }
    }
}

TEST_CASE("A character's value is decoded") {
    CHECK(first_char("a").value == U'a');
    CHECK(first_char("\xe2\x82\xac!").value == 0x20ac);
    CHECK(first_char("\xe2\x82\xac!").size == 3);
    CHECK(first_char("\xf0\x9f\x98\x80").value == 0x1f600);
    CHECK(first_char("\xe2\x82").form == utf8_form::incomplete);
    CHECK(first_char("\xe2(").form == utf8_form::invalid);
}

TEST_CASE("An incomplete character at the end is measured") {
    CHECK(incomplete_tail("") == 0);
    CHECK(incomplete_tail("abc") == 0);
    CHECK(incomplete_tail("abc\xc3") == 1);
    CHECK(incomplete_tail("abc\xc3\xa4") == 0);
    CHECK(incomplete_tail("\xf0\x9f\x98") == 3);
    CHECK(incomplete_tail("\x80\x80\x80\x80") == 0);
    CHECK(incomplete_tail("\xff") == 0);
}
