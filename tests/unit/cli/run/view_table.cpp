// SPDX-License-Identifier: MIT
// Which options ask for which views.
#include "cli/run/view_table.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace muster::cli;

TEST_CASE("each view is wanted by its option alone, and lines where nothing else shows the output") {
    auto const wanted = [](arguments const& args) {
        std::string names;
        for (auto const& row : view_table()) names += row.wanted(args) ? std::string(row.name) + " " : "";
        return names;
    };
    arguments args;
    CHECK(wanted(args) == "lines ");
    args.json = true;
    CHECK(wanted(args) == "json ");
    args = {};
    args.gather = args.gather_errors = true;
    CHECK(wanted(args) == "gather ");
    args.live = true;
    CHECK(wanted(args) == "gather lines ");
    args = {};
    args.outdir = "folder";
    CHECK(wanted(args) == "lines outdir ");
}
