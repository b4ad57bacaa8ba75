// SPDX-License-Identifier: MIT
// Lines out of a stream, however it is cut.
#include "output/terminal/line_splitter.hpp"

#include <catch2/catch_test_macros.hpp>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace muster::output;

namespace {

struct part {
    std::string text;
    bool first, last;
    bool operator==(part const&) const = default;
};

struct splitting {
    explicit splitting(std::size_t limit = 16, bool overwriting = false) : splitter(limit, overwriting) {}

    void feed(std::string_view bytes) { splitter.feed(bytes, keep()); }
    void finish() { splitter.finish(keep()); }
    std::function<void(line_part const&)> keep() {
        return [this](line_part const& part) {
            parts.push_back({std::string(part.text), part.first, part.end != line_end::cut});
        };
    }

    line_splitter splitter;
    std::vector<part> parts;
};

std::vector<part> split(std::string_view bytes, std::size_t limit = 16, bool overwriting = false) {
    splitting whole(limit, overwriting);
    whole.feed(bytes);
    whole.finish();
    return whole.parts;
}

part line(std::string text) {
    return {std::move(text), true, true};
}

}  // namespace

TEST_CASE("Lines end at line feeds, and the last one at the end") {
    CHECK(split("").empty());
    CHECK(split("\n") == std::vector{line("")});
    CHECK(split("a\n\nb\r\n") == std::vector{line("a"), line(""), line("b\r")});
    CHECK(split("a\nlast") == std::vector{line("a"), line("last")});
    CHECK(split(std::string_view("a\0b\n", 4)) == std::vector{line(std::string("a\0b", 3))});
}

TEST_CASE("A line of the limit is whole, a longer one comes in parts") {
    CHECK(split("0123456789abcdef\nx\n") == std::vector{line("0123456789abcdef"), line("x")});
    CHECK(split("0123456789abcdefg\nx\n") ==
          std::vector<part>{{"0123456789abcdef", true, false}, {"g", false, true}, line("x")});
    CHECK(split("0123456789abcdef0123456789abcdef") ==
          std::vector<part>{{"0123456789abcdef", true, false}, {"0123456789abcdef", false, true}});
}

TEST_CASE("What ends a line is told") {
    std::vector<line_end> ends;
    line_splitter splitter(4);
    auto const keep = [&](line_part const& part) { ends.push_back(part.end); };
    splitter.feed("12345\n6", keep);
    splitter.finish(keep);
    CHECK(ends == std::vector{line_end::cut, line_end::line_feed, line_end::stream});
}

TEST_CASE("A character is not cut in two") {
    CHECK(split("0123456789abcd\xe2\x82\xac\n") ==
          std::vector<part>{{"0123456789abcd", true, false}, {"\xe2\x82\xac", false, true}});
}

TEST_CASE("Overwritten text is not kept when the line is too long") {
    CHECK(split("10%\r20%\r30%\r40%\r50%\n", 16, true) == std::vector{line("40%\r50%")});
    CHECK(split("0123456789abcde\r\n", 16, true) == std::vector{line("0123456789abcde\r")});
    CHECK(split("10%\r20%\r30%\r40%\r50%\n", 16, false).size() == 2);
}

TEST_CASE("Any cuts give the same lines") {
    std::mt19937 random(11);
    std::string_view const alphabet = "ab\n\r\xe2\x82\xac\xff";
    for (int round = 0; round < 3000; ++round) {
        std::string bytes(random() % 200, '\0');
        for (auto& byte : bytes) byte = random() % 4 ? 'x' : alphabet[random() % alphabet.size()];
        std::size_t const limit = 4 + random() % 30;
        bool const overwriting = random() % 2;
        splitting pieces(limit, overwriting);
        for (std::string_view rest = bytes; !rest.empty();) {
            auto const size = std::min<std::size_t>(rest.size(), 1 + random() % 40);
            pieces.feed(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        pieces.finish();
        REQUIRE(pieces.parts == split(bytes, limit, overwriting));
        if (overwriting) continue;
        std::string joined;
        for (auto const& part : pieces.parts) joined += part.text + (part.last ? "\n" : "");
        if (!bytes.empty() && !bytes.ends_with('\n')) bytes += '\n';
        REQUIRE(joined == bytes);
    }
}

TEST_CASE("A gigantic line costs linear time") {
    auto const cost_of = [](std::size_t size) {
        std::string const piece(7, 'x');
        line_splitter splitter(65536, true);
        std::size_t seen = 0;
        auto const begin = std::clock();
        for (std::size_t i = 0; i < size; i += piece.size()) {
            splitter.feed(piece, [&](line_part const& part) { seen += part.text.size(); });
        }
        splitter.finish([&](line_part const& part) { seen += part.text.size(); });
        CHECK(seen >= size);
        return std::clock() - begin;
    };
    auto const small = cost_of(std::size_t{4} << 20);
    CHECK(cost_of(std::size_t{64} << 20) < 64 * (small + CLOCKS_PER_SEC / 1000));  // quadratic would be 256 times
}
