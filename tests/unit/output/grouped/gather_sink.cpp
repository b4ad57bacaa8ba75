// SPDX-License-Identifier: MIT
// Identical output once.
#include "output/grouped/gather_sink.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;

namespace {

struct gathering {
    explicit gathering(gather_terms terms = {}, group_style style = {})
        : sink(to, to.add(file.descriptor(), "out"), terms, style) {}

    std::string out() {
        to.close();
        return file.text();
    }

    captured file;
    writer to;
    gather_sink sink;
};

std::string headed(std::string const& hosts, std::string const& text, std::string const& rule = std::string(15, '-')) {
    return rule + "\n" + hosts + "\n" + rule + "\n" + text;
}

}  // namespace

TEST_CASE("Identical output stands once, the largest group first, the odd ones marked") {
    gathering shown;
    told_run run(shown.sink, {"db1", "web1", "web2", "web3"});
    for (std::size_t host : {3, 1, 2}) {
        run.out(host, "5.10\n");
        run.ended(host);
    }
    run.out(0, "4.");
    run.out(0, "19");
    run.ended(0);
    run.over();
    CHECK(shown.out() == headed("web[1-3] (3 of 4)", "5.10\n") + headed("db1 (1 of 4) differs", "4.19\n"));
}

TEST_CASE("In the order of hosts where that is wanted, and without marks where no group is the largest") {
    gathering shown({.host_order = true});
    told_run run(shown.sink, {"a", "b", "c"});
    run.out(0, "x\n");
    run.out(1, "y\n");
    for (std::size_t host : {0, 1}) run.ended(host);
    run.ended(2, final_state::not_started);
    run.over();
    CHECK(shown.out() == headed("a (1 of 3)", "x\n") + headed("b (1 of 3)", "y\n"));
}

TEST_CASE("A host without output differs from those that have some; all without output show nothing") {
    gathering shown, silent;
    told_run run(shown.sink, {"a", "b", "c"});
    run.out(0, "x\n");
    run.out(1, "x\n");
    for (std::size_t host : {0, 1, 2}) run.ended(host);
    run.over();
    CHECK(shown.out() == headed("a,b (2 of 3)", "x\n") + headed("c (1 of 3) differs: no output", ""));
    told_run nothing(silent.sink, {"a", "b"});
    nothing.ended(0);
    nothing.ended(1);
    nothing.over();
    CHECK(silent.out().empty());
}

TEST_CASE("Standard error counts only where it is gathered, too") {
    gathering out_only, both({.errors = true});
    for (auto* gathering : {&out_only, &both}) {
        told_run run(gathering->sink, {"a", "b"});
        run.out(0, "x\n");
        run.out(1, "x\n");
        run.err(1, "warning\n");
        run.ended(0);
        run.ended(1);
        run.over();
    }
    CHECK(out_only.out() == headed("a,b (2 of 2)", "x\n"));
    CHECK(both.out() == headed("a (1 of 2)", "x\n") + headed("b (1 of 2)", "x\nwarning\n"));
}

TEST_CASE("Only hosts that failed, where that is wanted") {
    gathering shown({.only_failed = true});
    told_run run(shown.sink, {"a", "b"});
    run.out(0, "fine\n");
    run.out(1, "broken\n");
    run.ended(0);
    run.failed(1, 1);
    run.over();
    CHECK(shown.out() == headed("b (1 of 2)", "broken\n"));
}

TEST_CASE("The odd ones as differences to the usual output") {
    gathering shown({}, {.diff = true});
    told_run run(shown.sink, {"a", "b", "c"});
    for (std::size_t host : {0, 1}) run.out(host, "one\ntwo\n");
    run.out(2, "one\n2\n");
    for (std::size_t host : {0, 1, 2}) run.ended(host);
    run.over();
    CHECK(shown.out() ==
          headed("a,b (2 of 3)", "one\ntwo\n") + headed("c (1 of 3) differs", "@@ -1,2 +1,2 @@\n one\n-two\n+2\n"));
}

TEST_CASE("A difference says what differs: the stream, the end of a line") {
    auto const told = [](auto const& print) {
        gathering shown({.errors = true},
                        {.heading = false, .diff = true, .terminal = true, .text = controls::dropped});
        told_run run(shown.sink, {"a", "b", "c"});
        for (std::size_t host : {0, 1}) run.out(host, "x\n");
        print(run);
        for (std::size_t host : {0, 1, 2}) run.ended(host);
        run.over();
        return shown.out();
    };
    CHECK(told([](auto& run) { run.err(2, "x\n"); }) == "  x\n  @@ -1 +1 @@\n  -x\n  +! x\n");
    CHECK(told([](auto& run) { run.out(2, "x"); }) ==
          "  x\n  @@ -1 +1 @@\n  -x\n  +x\n  \\ No newline at end of file\n");
    CHECK(told([](auto& run) { run.out(2, "x\r\n"); }) == "  x\n  @@ -1 +1 @@\n  -x\n  +x\\x0d\n");
}

TEST_CASE("A group that looks like what most hosts printed says that something in it is not seen") {
    for (std::string const odd : {"x", "x\r\n", "x\a\n"}) {
        gathering shown({}, {.terminal = true, .text = controls::dropped});
        told_run run(shown.sink, {"a", "b", "c"});
        for (std::size_t host : {0, 1}) run.out(host, "x\n");
        run.out(2, odd);
        for (std::size_t host : {0, 1, 2}) run.ended(host);
        run.over();
        CHECK(shown.out() == "a,b (2 of 3)\n  x\nc (1 of 3) differs: in what can't be seen; --diff tells\n  x\n");
    }
}

TEST_CASE("Without shares: how many, only where they are several, and nothing of the silent") {
    auto const told = [](gathering& shown) {
        told_run run(shown.sink, {"a", "b", "c", "d"});
        for (std::size_t host : {0, 1}) run.out(host, "same\nend\n");
        run.out(2, "odd\nend\n");
        for (std::size_t host : {0, 1, 2, 3}) run.ended(host);
        run.over();
        return shown.out();
    };
    gathering counted({}, {.share = false});
    CHECK(told(counted) == headed("a,b (2)", "same\nend\n") + headed("c", "odd\nend\n"));
    gathering bare({}, {.share = false, .count = false});
    CHECK(told(bare) == headed("a,b", "same\nend\n") + headed("c", "odd\nend\n"));
    gathering differences({}, {.share = false, .diff = true});
    CHECK(told(differences) == "--- a,b (2)\n+++ c\n@@ -1,2 +1,2 @@\n-same\n+odd\n end\n");
}

TEST_CASE("No carriage return of a host takes away or forges the mark of a difference") {
    gathering shown({}, {.heading = false, .diff = true, .terminal = true, .text = controls::dropped});
    told_run run(shown.sink, {"a", "b", "c"});
    for (std::size_t host : {0, 1}) run.out(host, "same\n");
    run.out(2, "same\nevil\r-same\nprogress 10%\rprogress 100%\n");
    for (std::size_t host : {0, 1, 2}) run.ended(host);
    run.over();
    CHECK(shown.out() == "  same\n  @@ -1 +1,3 @@\n   same\n  +-same\n  +progress 100%\n");
}

TEST_CASE("Large output goes through the file unharmed; what is over the limit is compared but not kept") {
    gathering shown({.limit = 300'000});
    told_run run(shown.sink, {"a", "b", "c"});
    std::string const most(299'999, 'x');
    for (std::size_t host : {0, 1, 2}) {
        run.out(host, most);
        run.out(host, host == 2 ? "yz" : "yy");
        run.ended(host);
    }
    run.over();
    auto const kept = most + "y\n[... 1 more bytes of output were not kept; --outdir keeps all]\n";
    CHECK(shown.out() == headed("a,b (2 of 3)", kept) + headed("c (1 of 3) differs", kept));
}

TEST_CASE("No output can pass for a heading") {
    gathering shown;
    std::string const dashes(15, '-');
    told_run run(shown.sink, {"a"});
    run.out(0, dashes.substr(4) + "----\r\nweb[1-9]\n");
    run.out(0, dashes + "-\n");
    run.ended(0);
    run.over();
    CHECK(shown.out().starts_with(std::string(17, '-') + "\na\n"));
}

TEST_CASE("On a terminal text is indented below its heading and made harmless") {
    gathering shown({.errors = true}, {.terminal = true, .colour = true, .text = controls::dropped});
    told_run run(shown.sink, {"a"});
    run.out(0, "x\x1b[2J\n\x1b[32mok");
    run.err(0, "bad\n");
    run.ended(0);
    run.over();
    CHECK(shown.out() == "\x1b[1;32ma\x1b[0m\n  x\n  \x1b[32mok\x1b[0m\n! bad\n");
}

TEST_CASE("Of a host that runs again the last output counts, and no group is left without a host") {
    gathering shown;
    told_run run(shown.sink, {"a", "b"});
    run.out(0, "x\n");
    run.out(1, "y\n");
    for (std::size_t host : {0, 1}) run.ended(host);
    run.started(1, true);
    run.out(1, "x\n");
    run.ended(1);
    run.over();
    CHECK(shown.out() == headed("a,b (2 of 2)", "x\n"));
}
