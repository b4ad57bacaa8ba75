// SPDX-License-Identifier: MIT
// One host after the other, or only those that failed.
#include "output/views/held_line_sink.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;

TEST_CASE("Lines in the order of hosts: each host's in one piece, the first as they come") {
    captured out_file, err_file;
    writer to;
    held_line_sink sink(to, {to.add(out_file.descriptor(), "out"), {}}, {to.add(err_file.descriptor(), "err"), {}},
                        {.host_order = true, .limit = 100'000});
    told_run run(sink, {"a", "b", "c"});
    run.out(1, "b1\n");
    run.out(2, std::string(100'000, 'c') + "more");
    run.out(0, "a1\n");
    REQUIRE(to.drained(std::chrono::seconds(30)));
    CHECK(out_file.text() == "a: a1\n");
    run.err(1, "b2");
    run.ended(2);
    run.ended(1);
    run.out(0, "a2");
    run.ended(0);
    run.over();
    to.close();
    CHECK(out_file.text() == "a: a1\na: a2\nb: b1\nc: " + std::string(100'000, 'c') +
                                 "\nc: [... 4 more bytes were not kept; --outdir keeps all]\n");
    CHECK(err_file.text() == "b: b2\n");
}

TEST_CASE("Lines of hosts that failed alone") {
    captured file;
    writer to;
    auto* const target = to.add(file.descriptor(), "out");
    held_line_sink sink(to, {target, {}}, {target, {}}, {.only_failed = true});
    told_run run(sink, {"a", "b"});
    run.out(0, "fine\n");
    run.out(1, "broken\n");
    run.ended(0);
    run.failed(1, 1);
    run.over();
    to.close();
    CHECK(file.text() == "b: broken\n");
}

TEST_CASE("A host that runs again has its lines when they are there, be its turn over or not") {
    captured file;
    writer to;
    auto* const target = to.add(file.descriptor(), "out");
    held_line_sink sink(to, {target, {}}, {target, {}}, {.host_order = true});
    told_run run(sink, {"a", "b", "c"});
    run.out(0, "a1\n");
    run.ended(0);
    run.out(2, "c1\n");
    run.ended(2);
    for (std::size_t host : {0, 2}) run.started(host, true);
    run.out(2, "c2\n");
    run.ended(2);
    run.out(0, "a2\n");
    run.ended(0);
    run.ended(1);
    run.over();
    to.close();
    CHECK(file.text() == "a: a1\na: a2\nc: c2\n");
}
