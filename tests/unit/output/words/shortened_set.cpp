// SPDX-License-Identifier: MIT
// Sets of hosts that are too wide.
#include "output/words/shortened_set.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "output/terminal/text_width.hpp"

using namespace muster::output;

TEST_CASE("Of a set whole terms are left out, and brackets have their pairs") {
    CHECK(shortened_set("n[1-3],db1", 12, "…") == "n[1-3],db1");
    CHECK(shortened_set("n[1,3,5,7,9,11,13,15]", 16, "…") == "n[1,3,5,…,13,15]");
    CHECK(shortened_set("db1,db2,web[1-3],x7,x8", 16, "…") == "db1,db2,…,x7,x8");
    CHECK(shortened_set("a1,n[1,3,5,7,9,11,13,15]", 12, "…") == "a1,n[1,…,15]");
    CHECK(shortened_set("rack[1-6,8-10]-[0013,0113,0213,0313,0413,0513,0613]", 40, "…") ==
          "rack[1-6,8-10]-[0013,…,0413,0513,0613]");
    CHECK(shortened_set("a,n[1,3,5,7,9,11,13,15],production-frontend-cluster-01", 12, "…") == "a,n[1,3,5,…]");
}

TEST_CASE("A name that has no commas loses its middle") {
    CHECK(shortened_set("a-very-long-name-of-a-host-0042", 24, "…") == "a-very-long…-a-host-0042");
    CHECK(shortened_set("production-cluster-node0[1-4]", 20, "…") == "productio…node0[1-4]");
}

TEST_CASE("Of a name with numbers these stay") {
    CHECK(shortened_set("root@a-very-long-host-name-number-[1-3].rack7.example.com", 24, "…") ==
          "…-number-[1-3].rack7.ex…");
    CHECK(shortened_set("a-very-long-name-of-a-host-[1-3]", 12, "…") == "a-ver…-[1-3]");
}

TEST_CASE("A shortened set is never too wide, and never with half a bracket where there are columns for one") {
    std::string set = "rack[1-6]-[0001";
    for (int i = 3; i < 900; i += 2) set += "," + std::to_string(i);
    set += "],db[1,3],漢字1,漢字2";
    for (std::size_t columns = 0; columns < 100; ++columns) {
        auto const shown = shortened_set(set, columns, "…");
        CAPTURE(columns, shown);
        CHECK(columns_of_text(shown) <= columns);
        if (columns > 24)
            CHECK(std::count(shown.begin(), shown.end(), '[') == std::count(shown.begin(), shown.end(), ']'));
    }
}
