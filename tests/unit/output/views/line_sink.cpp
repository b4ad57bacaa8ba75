// SPDX-License-Identifier: MIT
// Live lines with labels.
#include "output/views/line_sink.hpp"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <thread>

#include "output/terminal/palette.hpp"
#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;

namespace {

/// Tells a run to a line sink and gives back what it wrote.
struct live {
    explicit live(line_style out_style = {}, line_style err_style = {})
        : sink(to, {to.add(out_file.descriptor(), "out"), out_style},
               {to.add(err_file.descriptor(), "err"), err_style}) {}

    std::string out() {
        to.close();
        return out_file.text();
    }
    std::string err() {
        to.close();
        return err_file.text();
    }

    captured out_file, err_file;
    writer to;
    line_sink sink;
};

std::string on_terminal(std::string_view bytes) {
    live shown({.label = true, .align = false, .colour = false, .text = controls::dropped});
    told_run run(shown.sink, {"web1"});
    run.out(0, bytes);
    run.ended(0);
    return shown.out();
}

}  // namespace

TEST_CASE("Each line has its host in front, each stream its descriptor") {
    live shown;
    told_run run(shown.sink, {"web1", "db1"});
    run.out(0, "one\ntw");
    run.out(1, "other\n");
    run.err(0, "warning\n");
    run.out(0, "o\nlast");
    run.ended(0);
    run.ended(1);
    run.over();
    CHECK(shown.out() == "web1: one\ndb1: other\nweb1: two\nweb1: last\n");
    CHECK(shown.err() == "web1: warning\n");
}

TEST_CASE("A pipe gets exact bytes") {
    live shown;
    told_run run(shown.sink, {"web1"});
    std::string const bytes("\x1b[31m\r\x00\xff\r\n", 10);
    run.out(0, bytes.substr(0, 9));
    run.out(0, bytes.substr(9));
    run.ended(0);
    CHECK(shown.out() == "web1: " + bytes);
}

TEST_CASE("On a terminal controls are left out, and of overwritten text only the end") {
    CHECK(on_terminal("\x1b]0;x\x07y\n") == "web1: y\n");
    CHECK(on_terminal("dos\r\n") == "web1: dos\n");
    CHECK(on_terminal("10%\r20%\r100%\r\n") == "web1: 100%\n");
    CHECK(on_terminal("x\rweb2: forged\n") == "web1: web2: forged\n");
    CHECK(on_terminal("\r\r\n\n") == "web1: \nweb1: \n");
}

TEST_CASE("A line without end is cut with a mark that no host can forge, its label stands once") {
    live shown;
    told_run run(shown.sink, {"web1", "db1"});
    std::string const limit(std::size_t{1} << 20, 'x');
    run.out(0, limit);
    run.out(0, "web2: forged");
    run.out(1, "between\n");
    run.out(0, limit + "\nnext\n");
    run.ended(0);
    run.ended(1);
    auto const rest = "web2: forged" + limit;
    CHECK(shown.out() == "web1: " + limit + "[...]\ndb1: between\nweb1+ " + rest.substr(0, limit.size()) +
                             "[...]\nweb1+ " + rest.substr(limit.size()) + "\nweb1: next\n");
}

TEST_CASE("Standard error on the same terminal is marked") {
    live shown({}, {.errors = true});
    told_run run(shown.sink, {"web1"});
    run.err(0, "warning\n");
    CHECK(shown.err() == "web1! warning\n");
}

TEST_CASE("Labels are aligned and coloured when asked, each stream for itself") {
    live shown({.label = true, .align = true, .colour = true}, {});
    told_run run(shown.sink, {"a", "web10"});
    run.out(0, "x\n");
    run.out(1, "y\n");
    run.err(0, "z\n");
    CHECK(shown.out() == std::string(palette[0]) + "a:\x1b[0m     x\n" + std::string(palette[1]) + "web10:\x1b[0m y\n");
    CHECK(shown.err() == "a: z\n");
}

TEST_CASE("Without labels the bytes come as they are, also of a long line and of the last one") {
    live shown({.label = false});
    told_run run(shown.sink, {"web1"});
    std::string const bytes = "one\r\n\n" + std::string(100'000, 'x') + "\xff\nlast";
    run.out(0, bytes);
    run.ended(0);
    CHECK(shown.out() == bytes);
}

TEST_CASE("The palette's colours are all different") {
    for (std::size_t i = 0; i < palette.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) CHECK(palette[i] != palette[j]);
        CHECK(ink_of(i) != ink_of(i + 1));
    }
}

TEST_CASE("A slow reader is told to the engine, which is resumed") {
    pipe_pair pipe;
    std::atomic<bool> resumed = false;
    writer to(100'000);
    auto* const target = to.add(pipe.writer(), "out");
    line_sink sink(to, {target, {}}, {target, {}});
    told_run run(sink, {"web1"}, [&] { resumed = true; });
    std::string const lines(10'000, '\n');
    auto answer = flow::go_on;
    for (int i = 0; i < 100 && answer == flow::go_on; ++i) answer = run.out(0, lines);
    REQUIRE(answer == flow::full);
    pipe.close_reader();
    while (!resumed || !to.failure(target)) std::this_thread::yield();
    CHECK_THROWS_AS(run.out(0, "more\n"), write_error);
}
