// SPDX-License-Identifier: MIT
// JSON Lines, parsed back and compared byte by byte.
#include "output/record/json_sink.hpp"

#include <sys/resource.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using nlohmann::json;

namespace {

std::string decoded(std::string_view text) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned held = 0, bits = 0;
    for (char const character : text) {
        if (character == '=') break;
        held = held << 6 | static_cast<unsigned>(alphabet.find(character));
        bits += 6;
        if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 0xff);
    }
    return bytes;
}

/// Pieces of changing size, as a channel gives them.
void feed(told_run& run, std::size_t host, std::string_view bytes, bool err = false) {
    for (std::size_t size = 1; !bytes.empty(); size = size * 5 % 32'771 + 1) {
        auto const piece = bytes.substr(0, size);
        err ? run.err(host, piece) : run.out(host, piece);
        bytes.remove_prefix(piece.size());
    }
}

struct machine {
    machine() : sink(to, to.add(file.descriptor(), "out")) {}

    std::vector<json> objects() {
        to.close();
        std::vector<json> all;
        std::istringstream lines(file.text());
        for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
        return all;
    }

    captured file;
    writer to;
    json_sink sink;
};

std::string pattern(std::size_t size, std::string_view unit) {
    std::string text;
    while (text.size() < size) text += unit;
    return text;
}

}  // namespace

TEST_CASE("A result has exactly the keys of version 1, in order") {
    machine said;
    told_run run(said.sink, {"web01"});
    run.out(0, "hello\n");
    auto& host = run.results.hosts[0];
    host.started = std::chrono::system_clock::time_point(std::chrono::milliseconds(1795239399123));
    host.duration = std::chrono::milliseconds(1234);
    run.failed(0, 7);
    said.to.close();
    CHECK(
        said.file.text() ==
        R"({"v":1,"type":"result","host":"web01","address":"127.0.0.1","port":22,"user":"deploy","via":null,"state":"failed",)"
        R"("command":"ended","status":7,"signal":null,"stage":"command","error":"exit status 7","stdout":"hello\n","stderr":"",)"
        R"("kex":null,"truncated":false,"started":"2026-11-21T05:36:39.123Z","duration_ms":1234,"attempts":1})"
        "\n");
}

TEST_CASE("A job of several steps adds them and the time of each stage") {
    machine said;
    told_run run(said.sink, {"web01"});
    auto& host = run.results.hosts[0];
    host.stages = {{stage::resolve, std::chrono::milliseconds(2)}, {stage::command, std::chrono::milliseconds(90)}};
    auto& steps = host.steps.edit();
    steps.resize(2);
    steps[0] = {.stage = stage::push, .state = final_state::ok, .command = command_fate::ended, .status = 0};
    steps[0].counts = {{"changed", 1}, {"same", 4}};
    steps[1] = {.state = final_state::timed_out, .command = command_fate::unknown};
    steps[1].remarks = {{remark_code::command_timeout, stage::command, std::chrono::seconds(3)}};
    steps[1].duration = std::chrono::milliseconds(3001);
    run.ended(0, final_state::timed_out);
    said.to.close();
    CAPTURE(said.file.text());
    CHECK(said.file.text().ends_with(
        R"("attempts":1,"stages":{"resolve":2,"command":90},"steps":[)"
        R"({"stage":"push","state":"ok","command":"ended","status":0,"signal":null,"error":null,)"
        R"("duration_ms":0,"counts":{"changed":1,"same":4}},)"
        R"({"stage":"command","state":"timed_out","command":"unknown","status":null,"signal":null,)"
        R"("error":"timed out after 3 s","duration_ms":3001}]})"
        "\n"));
}

TEST_CASE("A host without a try has no start, a status of 32 bits is shown as sent") {
    machine said;
    told_run run(said.sink, {"a", "b"});
    run.results.hosts[0].stage = stage::connect;
    run.ended(0, final_state::unreachable, "Connection \xff refused");
    run.results.hosts[0].attempts = 0;
    run.failed(1, 4294967295u);
    run.results.hosts[1].attempts = 0;
    run.sent(1);
    auto const all = said.objects();
    CHECK(all[0]["error"] == "Connection \xef\xbf\xbd refused");
    CHECK(all[0]["status"] == nullptr);
    CHECK(all[1]["status"] == 4294967295u);
}

TEST_CASE("The summary counts every state and names what may still run") {
    machine said;
    told_run run(said.sink, {"a", "b", "c"});
    run.ended(0);
    run.failed(1, 1);
    run.ended(2, final_state::stopped);
    run.results.hosts[2].command = command_fate::unknown;
    run.results.cause = stop_cause::failure;
    run.results.culprit = 1;
    run.results.duration = std::chrono::milliseconds(4200);
    run.over();
    auto const last = said.objects().back();
    CHECK(last["type"] == "summary");
    CHECK(last["hosts"] == 3);
    CHECK(last["states"]["ok"] == 1);
    CHECK(last["states"]["stopped"] == 1);
    CHECK(last["states"]["lost"] == 0);
    CHECK(last["states"].size() == 12);
    CHECK(last["may_still_run"] == json::array({"c"}));
    CHECK(last["stop"] == "failure");
    CHECK(last["culprit"] == "b");
    CHECK(last["duration_ms"] == 4200);
}

TEST_CASE("Output comes back byte by byte, whatever its size and kind") {
    for (std::size_t const size : {0u, 1u, 65535u, 65536u, 65537u, 131072u, 1'000'000u}) {
        machine said;
        told_run run(said.sink, {"text", "binary", "late"});
        auto const text = pattern(size, "gr\xc3\xbc\xc3\x9f\x1b[0m \xe2\x82\xac \xf0\x9f\x98\x80\r\n\xe2\x80\xae");
        std::string binary(size, '\0');
        std::mt19937 random(3);
        for (auto& byte : binary) byte = static_cast<char>(random());
        auto const late = pattern(size, "x") + "\xff";
        feed(run, 0, text);
        feed(run, 1, binary, true);
        feed(run, 2, late);
        for (std::size_t i = 0; i < 3; ++i) run.ended(i);
        auto const all = said.objects();
        CAPTURE(size);
        REQUIRE(all.size() == 3);
        CHECK(all[0]["stdout"].get<std::string>() == text);
        CHECK(all[0]["stderr"] == "");
        if (size > 10) {
            CHECK_FALSE(all[1].contains("stderr"));
            CHECK(decoded(all[1]["stderr_b64"].get<std::string>()) == binary);
        }
        CHECK_FALSE(all[2].contains("stdout"));
        CHECK(decoded(all[2]["stdout_b64"].get<std::string>()) == late);
    }
}

TEST_CASE("Half a character at the very end makes a stream binary") {
    machine said;
    told_run run(said.sink, {"a"});
    run.out(0, "abc\xe2");
    run.out(0, "\x82");
    run.ended(0);
    CHECK(said.objects()[0]["stdout_b64"] == "YWJj4oI=");
}

TEST_CASE("Large objects never mix, and slots are used again") {
    machine said;
    std::vector<std::string> names(20);
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = "h" + std::to_string(i);
    told_run run(said.sink, names);
    for (int round = 0; round < 30; ++round) {
        for (std::size_t i = 0; i < names.size(); ++i) run.out(i, std::string(10'000, static_cast<char>('a' + i)));
    }
    for (std::size_t i = 0; i < names.size(); ++i) run.ended(i);
    run.over();
    auto const all = said.objects();
    REQUIRE(all.size() == 21);
    for (std::size_t i = 0; i < names.size(); ++i) {
        CHECK(all[i]["host"] == names[i]);
        CHECK(all[i]["stdout"].get<std::string>() == std::string(300'000, static_cast<char>('a' + i)));
    }
}

TEST_CASE("An error of another target does not break an object") {
    machine said;
    auto* const bad = said.to.add(-1, "bad");
    told_run run(said.sink, {"a", "b"});
    run.out(0, std::string(100'000, 'x'));
    said.to.write(bad, "x");
    REQUIRE(said.to.drained(std::chrono::seconds(20)));
    CHECK_THROWS_AS(run.ended(0), write_error);
    CHECK_NOTHROW(run.ended(1));
    CHECK_THROWS_AS(said.to.close(), write_error);
    CHECK(said.objects().size() == 2);
}

TEST_CASE("No room for the temporary file is an error that names it") {
    captured file;
    writer to;
    json_sink sink(to, to.add(file.descriptor(), "out"), "/nonexistent");
    told_run run(sink, {"a"});
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit const none{0, before.rlim_max};
    auto* const handler = ::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
    auto const until_told = [&] {
        run.out(0, std::string(200'000, 'x'));
        REQUIRE(to.drained(std::chrono::seconds(20)));
        run.ended(0);
    };
    CHECK_THROWS_WITH(until_told(), "temporary file in /nonexistent: File too large");
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
}
