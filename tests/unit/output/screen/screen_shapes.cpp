// SPDX-License-Identifier: MIT
// The pinned block for few hosts, a hundred and ten thousand.
#include "output/screen/screen_shapes.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "output/terminal/text_width.hpp"

using namespace muster;
using namespace muster::output;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A run whose clock the test turns.
struct told_screen {
    explicit told_screen(std::size_t count, std::string const& name = "n", std::string const& domain = {})
        : results(count) {
        for (std::size_t i = 0; i < count; ++i) results[i].host = name + std::to_string(i + 1) + domain;
        run.follow(events::run_started{results, {}}, now);
    }

    void start(std::size_t first, std::size_t behind) {
        for (auto i = first; i < behind; ++i) {
            run.follow(events::host_started{i}, now);
            run.follow(events::command_sent{i}, now);
        }
    }
    void end(std::size_t index, std::uint32_t status = 0) {
        auto& result = results[index];
        result.state = status == 0 ? final_state::ok : final_state::failed;
        result.stage = stage::command;
        result.status = status;
        result.duration = 2s;
        run.follow(events::host_ended{index, result}, now);
    }
    void print(std::size_t index, std::string_view bytes) {
        run.follow(events::output{index, stream::out, bytes}, now);
    }

    std::vector<std::string> lines(terminal_size size = {}, std::string hint = {}) const {
        screen_style style;
        style.colour = style.utf8 = false;
        style.hint = std::move(hint);
        return screen_lines(run, now, size, style);
    }

    std::vector<host_result> results;
    screen_state run;
    std::chrono::steady_clock::time_point now{100s};
};

}  // namespace

TEST_CASE("Few hosts have a cell each, with the last line they printed") {
    told_screen screen(4);
    screen.start(0, 3);
    screen.print(0, "Setting up\nnginx");
    screen.now += 2s;
    screen.end(1, 3);
    auto const lines = screen.lines();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == "x n2  exit status 3 after 2.0 s");
    CHECK(lines[1] == "| n1 2s  nginx                         . n4  waiting");
    CHECK(lines[2] == "| n3 2s  (no output for 2s)");
    CHECK(lines[3] == "1/4 ok 0  failed 1  running 2  waiting 1, 2.0 s, slowest: n1 2.0 s, n3 2.0 s");
}

TEST_CASE("A cell takes the columns that it was given, whatever a host prints") {
    told_screen screen(4);
    screen.start(0, 4);
    screen.print(0, "Filesystem\tSize\tUsed\x07\n");
    screen.print(1, "a\u200db\ufe0f\u00adc\u2060d\n");
    std::string wide;
    for (int i = 0; i < 40; ++i) wide += "\u2705";
    screen.print(2, wide + "\n");
    auto const lines = screen.lines({80, 24});
    CHECK(lines[0].starts_with("| n1 0s  Filesystem Size Used "));
    CHECK(lines[1].starts_with("| n2 0s  ab c d "));
    CHECK(lines[0].find("| n3 0s  \u2705") != std::string::npos);
    CHECK(lines[0].ends_with("\u2705~"));
    for (auto const& line : lines) {
        CHECK(columns_of_text(line) < 80);
        CHECK(line.find_first_of("\t\a") == std::string::npos);
    }
}

TEST_CASE("A carriage return begins the line anew, however the bytes were read") {
    told_screen screen(1);
    screen.start(0, 1);
    auto const shown = [&] {
        auto const line = screen.lines().front();
        return line.substr(line.find("0s  ") + 4);
    };
    for (auto const* const state : {"\r1% ", "\r2% ", "\r3%"}) screen.print(0, state);
    CHECK(shown() == "3%");
    for (auto const* const state : {" done\n", "10%\r", "20%\r"}) screen.print(0, state);
    CHECK(shown() == "20%");
    screen.print(0, "3");
    screen.print(0, "0%\r");
    CHECK(shown() == "30%");
    screen.print(0, std::string(500, '#') + "\r40%\r\r");
    CHECK(shown() == "40%");
    screen.print(0, "\n");
    CHECK(shown() == "40%");
    screen.print(0, "\xe6");
    screen.print(0, "\xbc\xa2 \x1b[3");
    screen.print(0, "1mred\x1b[m\r\n");
    CHECK(shown() == "\u6f22 red");
}

TEST_CASE("Hosts that were stopped or have not begun are no failures") {
    told_screen screen(30);
    screen.start(0, 3);
    screen.end(0, 1);
    screen.run.follow(events::stopping{stop_cause::failure, 1, 0, false}, screen.now);
    for (std::size_t i = 1; i < 29; ++i) {
        screen.results[i].state = i < 3 ? final_state::stopped : final_state::not_started;
        screen.run.follow(events::host_ended{i, screen.results[i]}, screen.now);
    }
    CHECK_THAT(screen.lines({120, 24}).back(), ContainsSubstring("ok 0  failed 1  stopped 2  not started 26"));
    CHECK(screen.run.done() == 29);
}

TEST_CASE("Once all run, the line says who is missing and for how long") {
    told_screen screen(30);
    screen.start(0, 30);
    for (std::size_t i = 4; i < 30; ++i) screen.end(i);
    screen.now += 35s;
    CHECK(screen.lines().back().starts_with("26/30  waiting for n1 n2 +2, longest 35 s, ok 26"));
    for (std::size_t i = 1; i < 4; ++i) screen.end(i);
    CHECK(screen.lines().back().starts_with("29/30  waiting for n1 (35 s), ok 29"));
}

TEST_CASE("The time that has passed is seen in every width, whatever the names") {
    std::string const hint = "s: who  ^C: stop";
    for (std::size_t const hosts : {1, 3, 40, 3000}) {
        told_screen screen(hosts, "database-of-the-", ".rack7.datacenter-frankfurt.example.internal");
        screen.start(0, hosts);
        screen.now += 42s;
        for (std::size_t const columns : {24, 40, 64, 80, 200}) {
            for (auto const& keys : {std::string(), hint}) {
                auto const line = screen.lines({columns, 30}, keys).back();
                CAPTURE(hosts, columns, line);
                CHECK(line.find(columns < 65 ? ", 42s" : ", 42 s") != std::string::npos);
                CHECK(columns_of_text(line) < columns);
                if (columns == 80 && hosts <= 3) CHECK(line.find("waiting for databas") != std::string::npos);
            }
        }
    }
}

TEST_CASE("Names in cells lose the domain that all share, and their middle") {
    told_screen screen(4, "production-frontend-cluster-node", ".example.org");
    screen.start(0, 4);
    screen.end(3, 2);
    auto const lines = screen.lines();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == "x production-~luster-node4  exit status 2 after 2.0 s");
    CHECK(lines[1].starts_with("| producti~ter-node1 0s"));
    CHECK(lines[1].find("| producti~ter-node3 0s") != std::string::npos);
}

TEST_CASE("Names in cells keep the part that tells them apart") {
    told_screen screen(3, "root@a-very-long-host-name-number-", ".rack7.example.com:2222");
    screen.start(0, 3);
    auto const lines = screen.lines();
    CHECK(lines[0].starts_with("| ~me-number-1.rack7.exam~ 0s"));
    CHECK(lines[2].starts_with("| ~me-number-3.rack7.exam~ 0s"));
    CHECK(lines[3].find("waiting for ~umber-1.rack7.~ ~umber-2.rack7.~ +1") != std::string::npos);
}

TEST_CASE("The cause of a failure is followed by the time only where a command has ended, and cut with an ellipsis") {
    told_screen screen(2);
    screen.start(0, 2);
    screen.results[0].state = final_state::unreachable;
    screen.results[0].stage = stage::connect;
    screen.results[0].error = "Connection refused, port 9 of an address that is far too long for a line";
    screen.run.follow(events::host_ended{0, screen.results[0]}, screen.now);
    CHECK(screen.lines({60, 24})[0] == "x n1  connect: Connection refused, port 9 of an address th~");
}

TEST_CASE("A hundred hosts are a character each, in their order, below the causes of failures") {
    told_screen screen(100);
    screen.start(0, 70);
    for (std::size_t i = 0; i < 60; ++i) screen.end(i, i == 6 || i == 30 ? 1 : 0);
    auto const lines = screen.lines({120, 24});
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == "x n[7,31] (2)  command: exit status 1");
    CHECK(lines[1] ==
          "######x" + std::string(23, '#') + "x" + std::string(29, '#') + std::string(10, '>') + std::string(30, '.'));
    CHECK(lines[2].starts_with("60/100 ok 58  failed 2  running 10  waiting 30, "));
}

TEST_CASE("Ten thousand hosts are a share, with five causes at most") {
    told_screen screen(10'000);
    screen.start(0, 9'000);
    for (std::size_t i = 0; i < 5000; ++i) screen.end(i, i < 7 ? static_cast<std::uint32_t>(i + 1) : 0);
    screen.now += 5s;
    auto const lines = screen.lines();
    REQUIRE(lines.size() == 6);
    CHECK(lines[4] == "x 3 more with other causes");
    CHECK(lines[5].find("  5000/10000, 1000/s, 5.0 s") != std::string::npos);
}

TEST_CASE(
    "Who is missing of ten thousand hosts has its room before the bar, and a rate is told only while hosts wait") {
    told_screen screen(10'000);
    screen.start(0, 10'000);
    for (std::size_t i = 1; i < 10'000; ++i) screen.end(i);
    screen.now += 15s;
    auto const last = [&](std::size_t columns) { return screen.lines({columns, 24}, "s: who  ^C: stop").back(); };
    CHECK(last(100).ends_with(".  9999/10000, 15 s, waiting for n1 (15 s), s: who  ^C: stop"));
    CHECK(last(80).ends_with("9999/10000, 15 s, waiting for n1 (15 s), s: who  ^C: stop"));
    CHECK(last(40) == "9999/10000, 15s, waiting for n1, s: who");
}

TEST_CASE("Where there is a row for causes alone, it counts them") {
    told_screen screen(30);
    screen.start(0, 30);
    for (std::size_t i = 0; i < 20; ++i) screen.end(i, i < 15 ? 1 : 2);
    auto const lines = screen.lines({80, 10});
    CHECK(lines[0] == "x 20 failed, 2 causes");
}

TEST_CASE("The block keeps to a third of the rows and to the width, and leaves small screens alone") {
    told_screen screen(14);
    screen.start(0, 14);
    for (std::size_t i = 0; i < 14; ++i) screen.print(i, "漢字 " + std::string(300, 'x'));
    for (std::size_t rows : {5, 9, 10, 24, 50}) {
        for (std::size_t columns : {10, 20, 40, 80, 200}) {
            auto const lines = screen.lines({columns, rows});
            CHECK(lines.size() <= (rows < 10 ? 0 : rows / 3));
            for (auto const& line : lines) CHECK(columns_of_text(line) < columns);
        }
    }
}

TEST_CASE("A rollout has a line of its own: the batch, what it waits for, who comes next") {
    told_screen screen(4);
    std::vector<batch> const plan{{1, {0}, 180s}, {2, {1, 2, 3}}};
    screen.run.follow(events::run_started{screen.results, {}, plan}, screen.now);
    CHECK(screen.lines().size() == 3);  // cells in two columns and the counts
    screen.run.follow(events::batch_started{plan[0], 2}, screen.now);
    auto const line = [&] {
        auto const lines = screen.lines();
        REQUIRE(lines.size() == 4);
        return lines[2];
    };
    CHECK(line() == "batch 1 of 2, 1 host, next: n[2-4]");
    screen.start(0, 1);
    screen.end(0);
    CHECK(screen.lines().back().find("left") == std::string::npos);
    screen.run.follow(events::soaking{plan[0], 2, plan[0].soak}, screen.now);
    screen.now += 59s;
    CHECK(line() == "batch 1 of 2, 1 host, soak 2 min 1 s left, next: n[2-4]");
    screen.run.follow(events::soaking{plan[0], 2, 1500ms}, screen.now);
    CHECK(line() == "batch 1 of 2, 1 host, soak 1.5 s left, next: n[2-4]");
    screen.run.follow(events::question_asked{events::question::gate, plan[0], 2}, screen.now);
    screen.now += 4s;
    CHECK(line() == "batch 1 of 2, 1 host, waiting for the gate for 4.0 s, next: n[2-4]");
    screen.run.follow(events::question_asked{events::question::gate, plan[0], 2, 600s}, screen.now);
    screen.now += 4s;
    CHECK(line() == "batch 1 of 2, 1 host, waiting for the gate, 9 min 56 s left, next: n[2-4]");
    screen.run.follow(events::batch_ended{plan[0], 2, true, 1, 0}, screen.now);
    CHECK(screen.lines().size() == 3);
    screen.run.follow(events::start_delayed{5s}, screen.now);
    CHECK(line() == "next start in 5.0 s");
    screen.now += 5s;
    CHECK(screen.lines().size() == 3);
    screen.run.follow(events::question_asked{events::question::approval, plan[1], 2}, screen.now);
    CHECK(line() == "batch 2 of 2, 3 hosts, waiting for approval");
}

TEST_CASE("What the keys do has its room in every shape and width, and no line is too long") {
    for (std::size_t const hosts : {1, 8, 60, 200, 10000}) {
        told_screen screen(hosts);
        screen.start(0, hosts / 2 + 1);
        screen.now += 90s;
        for (std::size_t i = 0; i < hosts / 4; ++i) screen.end(i, i % 7 == 0);
        for (std::size_t const columns : {20, 40, 64, 65, 80, 88, 200}) {
            auto const lines = screen.lines({columns, 30}, "s: who  ^C: stop");
            CAPTURE(hosts, columns, lines.back());
            CHECK(lines.back().ends_with(columns < 65 ? ", s: who" : ", s: who  ^C: stop"));
            for (auto const& line : lines) CHECK(columns_of_text(line) < columns);
        }
    }
}

TEST_CASE("A host that runs again has no end any more, and its failure is none") {
    told_screen screen(3);
    screen.start(0, 3);
    screen.end(0, 1);
    screen.end(1);
    screen.run.follow(events::host_started{0, true}, screen.now);
    CHECK((screen.run.failed == 0 && screen.run.ok == 1 && screen.run.active == 2));
    CHECK(screen.run.failures.empty());
    screen.end(0);
    CHECK((screen.run.done() == 2 && screen.run.ok == 2 && screen.run.waiting == 0));
}
