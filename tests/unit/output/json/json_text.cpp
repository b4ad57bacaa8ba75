// SPDX-License-Identifier: MIT
// JSON's pieces read back by another parser.
#include "output/json/json_text.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace muster::output;

namespace {

std::string escaped(std::string_view text) {
    std::string to;
    append_escaped(to, text);
    return to;
}

std::string base64(std::string_view bytes) {
    std::string to;
    append_base64(to, bytes);
    return to;
}

}  // namespace

TEST_CASE("A character is escaped wherever it stands among others") {
    for (int value = 0; value < 0x80; ++value)
        for (std::size_t position = 0; position < 40; ++position) {
            std::string text(40, 'x');
            text[position] = static_cast<char>(value);
            auto const to = escaped(text);
            CAPTURE(value, position, to);
            bool const plain = value >= 0x20 && value != '"' && value != '\\' && value != 0x7f;
            CHECK((to == text) == plain);
            CHECK(nlohmann::json::parse('"' + to + '"').get<std::string>() == text);
        }
}

TEST_CASE("Every character comes back, and none drives a terminal") {
    std::string all;
    for (char32_t value = 0; value < 0x2100; ++value) {
        if (value < 0x80) {
            all += static_cast<char>(value);
        } else if (value < 0x800) {
            all += static_cast<char>(0xc0 | value >> 6);
            all += static_cast<char>(0x80 | (value & 63));
        } else {
            all += static_cast<char>(0xe0 | value >> 12);
            all += static_cast<char>(0x80 | (value >> 6 & 63));
            all += static_cast<char>(0x80 | (value & 63));
        }
    }
    auto const text = escaped(all);
    CHECK(nlohmann::json::parse('"' + text + '"').get<std::string>() == all);
    CHECK(text.find_first_of("\x1b\x7f\n\r") == std::string::npos);
    CHECK(text.find("\xc2\x9b") == std::string::npos);
    CHECK(escaped("a\"b\\c\n\x1b\xe2\x80\xae") == "a\\\"b\\\\c\\n\\u001b\\u202e");
    CHECK(escaped("\xe2\x82\xac") == "\xe2\x82\xac");
}

TEST_CASE("Base64 is that of RFC 4648 section 10") {
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(base64("fooba") == "Zm9vYmE=");
    CHECK(base64("foobar") == "Zm9vYmFy");
    CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("Times are RFC 3339, UTC, with milliseconds") {
    using namespace std::chrono;
    CHECK(rfc3339(system_clock::time_point(1795239399123ms)) == "2026-11-21T05:36:39.123Z");
    CHECK(rfc3339(system_clock::time_point(0ms)) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(system_clock::time_point(999999us)) == "1970-01-01T00:00:00.999Z");
}

TEST_CASE("An object keeps the order of its members and mends what is not UTF-8") {
    std::string text;
    json_object object(text);
    object.number("z", -1).string("a", "\xff!").string_or_null("n", "").boolean("b", true);
    std::string const words[] = {"x", "\xff"};
    object.strings("l", words).strings("e", {});
    object.end();
    CHECK(text == "{\"z\":-1,\"a\":\"\xef\xbf\xbd!\",\"n\":null,\"b\":true,\"l\":[\"x\",\"\xef\xbf\xbd\"],\"e\":[]}\n");
}
