// SPDX-License-Identifier: MIT
// The data types of RFC 4251 section 5, with its examples, and base64 with those of RFC 4648.
#include "ssh/bytes/wire.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <utility>

using namespace muster::ssh;

namespace {

bytes mpint(byte_view magnitude) {
    return wire_writer().mpint(magnitude).take();
}

}  // namespace

TEST_CASE("a number is written as RFC 4251 shows it") {
    CHECK(mpint({}) == bytes{0, 0, 0, 0});
    CHECK(mpint(bytes{0, 0}) == bytes{0, 0, 0, 0});
    CHECK(mpint(bytes{0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7}) ==
          bytes{0, 0, 0, 8, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7});
    CHECK(mpint(bytes{0x80}) == bytes{0, 0, 0, 2, 0, 0x80});
    CHECK(mpint(bytes{0, 0, 0x80}) == bytes{0, 0, 0, 2, 0, 0x80});
}

TEST_CASE("what was written is read back") {
    auto const message = wire_writer().u8(7).u32(0x01020304).string("text").mpint(bytes{0xff}).take();
    wire_reader reader(message);
    CHECK(reader.u8() == 7);
    CHECK(reader.u32() == 0x01020304);
    CHECK(reader.text() == "text");
    auto const number = reader.mpint();
    CHECK(bytes(number.begin(), number.end()) == bytes{0xff});
    CHECK(reader.empty());
}

TEST_CASE("a message that ends early is an error at the value that is cut") {
    auto const message = wire_writer().u8(7).string("text").take();
    for (std::size_t size = 0; size < message.size(); ++size) {
        wire_reader reader(byte_view(message).first(size));
        auto const read = [&] {
            reader.u8();
            reader.string();
        };
        CHECK_THROWS_AS(read(), wire_error);
    }
    bytes const endless{0xff, 0xff, 0xff, 0xff, 1};
    CHECK_THROWS_AS(wire_reader(endless).string(), wire_error);
    bytes const negative{0, 0, 0, 1, 0x80};
    CHECK_THROWS_AS(wire_reader(negative).mpint(), wire_error);
}

TEST_CASE("base64 is that of RFC 4648, and nothing else is read") {
    std::array<std::pair<std::string_view, std::string_view>, 7> const vectors{{{"", ""},
                                                                                {"f", "Zg=="},
                                                                                {"fo", "Zm8="},
                                                                                {"foo", "Zm9v"},
                                                                                {"foob", "Zm9vYg=="},
                                                                                {"fooba", "Zm9vYmE="},
                                                                                {"foobar", "Zm9vYmFy"}}};
    for (auto const& [plain, encoded] : vectors) {
        CHECK(base64(view_of(plain)) == encoded);
        auto const decoded = from_base64(encoded);
        REQUIRE(decoded);
        CHECK(text_of(*decoded) == plain);
    }
    for (auto const* bad :
         {"Zg", "Zg=", "Zg===", "Zh==", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9-", "=Zm9", "Zm=v", "Zm9vZm9vZ"}) {
        INFO(bad);
        CHECK_FALSE(from_base64(bad));
    }
}
