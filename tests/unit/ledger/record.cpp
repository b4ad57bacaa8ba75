// SPDX-License-Identifier: MIT
// Ledgers read back: whole, cut off at every byte, damaged, and gone on with.
#include "ledger/record.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace muster;
using namespace muster::ledger;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string run_line(std::string const& targets, std::string const& more = "") {
    return R"({"v":1,"type":"run","version":"0.1.0","command":"up","command_hash":"sha256:1","targets":[)" + targets +
           "]" + more + "}\n";
}

std::string const resumed = R"(,"resumed":true)";

std::string sent(std::string const& host) {
    return R"({"v":1,"type":"command_sent","host":")" + host + "\"}\n";
}

std::string result(std::string const& host, std::string const& state, std::string const& command) {
    return R"({"v":1,"type":"result","host":")" + host + R"(","state":")" + state + R"(","command":")" + command +
           "\"}\n";
}

record read(std::string const& text) {
    std::istringstream from(text);
    return read_record(from, "run.jsonl");
}

std::string refusal(std::string const& text) {
    try {
        read(text);
    } catch (record_error const& error) {
        return error.what();
    }
    return "";
}

host_fate fate(record const& record, std::string const& host) {
    return record.fate_of(parse_hosts(host)[0]);
}

std::vector<std::string> labels(host_list const& hosts) {
    std::vector<std::string> all;
    for (auto const& host : hosts) all.push_back(host.label());
    return all;
}

}  // namespace

TEST_CASE("what was cut short behind a command that has ended well is told apart, and stays so until the host fails") {
    std::string const done = R"({"v":1,"type":"step_done","stage":"command","host":"a"})"
                             "\n";
    auto const begin = run_line(R"("a")") + sent("a") + done;
    auto const result_at = [](std::string const& state, std::string const& stage) {
        return R"({"v":1,"type":"result","host":"a","state":")" + state + R"(","command":"ended","stage":")" + stage +
               "\"}\n";
    };
    CHECK(fate(read(begin), "a") == host_fate::command_done);
    CHECK(fate(read(begin + result_at("stopped", "check")), "a") == host_fate::command_done);
    CHECK(fate(read(begin + result_at("timed_out", "total")), "a") == host_fate::command_done);
    CHECK(fate(read(begin + result_at("timed_out", "check")), "a") == host_fate::not_ok);
    CHECK(fate(read(begin + result_at("failed", "check")), "a") == host_fate::not_ok);
    CHECK(fate(read(begin + result("a", "ok", "ended")), "a") == host_fate::ok);
    auto const again = begin + run_line(R"("a")", resumed);
    CHECK(fate(read(again + result("a", "unreachable", "not_sent")), "a") == host_fate::command_done);
    CHECK(fate(read(again + sent("a")), "a") == host_fate::may_run);
    CHECK(fate(read(run_line(R"("a")") + R"({"v":1,"type":"step_done","stage":"push","host":"a"})"), "a") ==
          host_fate::not_ok);
}

TEST_CASE("a ledger says of each host whether it is ok, is not, or may have run") {
    auto const record =
        read(run_line(R"("g","f","e","d","c","b","a")") + sent("a") + result("a", "ok", "ended") + sent("b") +
             result("b", "failed", "ended") + sent("c") + result("c", "stopped", "unknown") + sent("d") +
             result("e", "auth", "not_sent") + sent("f") + result("f", "refused", "not_sent") +
             R"({"v":1,"type":"stopping","cause":"failure"})"
             "\n"
             R"({"v":1,"type":"of a later version"})"
             "\n");
    CHECK(record.begun());
    CHECK(record.command() == "up");
    CHECK(record.command_hash() == "sha256:1");
    CHECK(labels(record.hosts()) == std::vector<std::string>{"g", "f", "e", "d", "c", "b", "a"});
    CHECK(fate(record, "a") == host_fate::ok);
    CHECK(fate(record, "b") == host_fate::not_ok);
    CHECK(fate(record, "c") == host_fate::may_run);
    CHECK(fate(record, "d") == host_fate::may_run);
    CHECK(fate(record, "e") == host_fate::not_ok);
    CHECK(fate(record, "f") == host_fate::not_ok);
    CHECK(fate(record, "g") == host_fate::not_ok);
    CHECK(fate(record, "nobody") == host_fate::not_ok);
}

TEST_CASE("another spelling of a host's name is the same host, another user or port is not") {
    auto const record = read(run_line(R"("Web1","[2001:DB8::1]:22","joe@db")") + result("Web1", "ok", "ended") +
                             result("[2001:DB8::1]:22", "ok", "ended") + result("joe@db", "ok", "ended") +
                             run_line(R"("wEB1")", resumed) + sent("wEB1"));
    CHECK(record.hosts().size() == 3);
    CHECK(fate(record, "web1") == host_fate::may_run);
    CHECK(fate(record, "[2001:db8:0::1]:22") == host_fate::ok);
    CHECK(fate(record, "joe@DB") == host_fate::ok);
    CHECK(fate(record, "db") == host_fate::not_ok);
    CHECK(fate(record, "joe@db:22") == host_fate::not_ok);
}

TEST_CASE("a run that goes on adds to the ledger, any other begins it anew") {
    auto const first = run_line(R"("a","b")") + result("a", "ok", "ended") + sent("b");
    auto const more = read(first + run_line(R"("b","c")", resumed) + sent("b") + result("b", "ok", "ended"));
    CHECK(labels(more.hosts()) == std::vector<std::string>{"a", "b", "c"});
    CHECK(fate(more, "a") == host_fate::ok);
    CHECK(fate(more, "b") == host_fate::ok);
    auto const anew = read(first + run_line(R"("a")"));
    CHECK(labels(anew.hosts()) == std::vector<std::string>{"a"});
    CHECK(fate(anew, "a") == host_fate::not_ok);
    CHECK(fate(anew, "b") == host_fate::not_ok);
}

TEST_CASE("a command that was not sent again leaves what is known of the run before") {
    auto const first = run_line(R"("a","b","c")") + result("a", "ok", "ended") + sent("b") + sent("c") +
                       result("c", "failed", "ended") + run_line(R"("b","c")", resumed);
    auto const skipped = read(first + result("b", "not_started", "not_sent") + result("c", "unreachable", "not_sent"));
    CHECK(fate(skipped, "a") == host_fate::ok);
    CHECK(fate(skipped, "b") == host_fate::may_run);
    CHECK(fate(skipped, "c") == host_fate::not_ok);
    auto const refused = read(first + sent("b") + result("b", "refused", "not_sent") + sent("c"));
    CHECK(fate(refused, "b") == host_fate::may_run);
    CHECK(fate(refused, "c") == host_fate::may_run);
    CHECK(fate(read(first + sent("b") + result("b", "failed", "ended")), "b") == host_fate::not_ok);
}

TEST_CASE("runs that went on may have been cut off in their first line, again and again") {
    auto const torn = run_line(R"("a")", resumed).substr(0, 40) + "\n";
    auto const good = run_line(R"("a")") + sent("a");
    CHECK(fate(read(good + "{\"v\n" + torn + torn), "a") == host_fate::may_run);
    CHECK(fate(read(good + "{\"v\n" + torn + run_line(R"("a")", resumed) + result("a", "ok", "ended")), "a") ==
          host_fate::ok);
}

TEST_CASE("cut off anywhere, a ledger never says less than may have run of a command that was sent") {
    auto const header = run_line(R"("a","b")");
    auto const whole = header + sent("a") + result("a", "ok", "ended") + sent("b");
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        auto const text = whole.substr(0, size);
        CAPTURE(text);
        auto const cut = read(text);
        auto const sent_a = size >= header.size() + sent("a").size();
        CHECK(cut.begun() == (size + 1 >= header.size()));  // a whole object needs no line feed
        if (sent_a) CHECK(fate(cut, "a") != host_fate::not_ok);
        auto const again = read(text + "\n" + run_line(R"("b")", cut.begun() ? resumed : "") + sent("b"));
        CHECK(fate(again, "a") == fate(cut, "a"));
        CHECK(fate(again, "b") == host_fate::may_run);
    }
}

TEST_CASE("a broken last line is tolerated, whatever it holds") {
    auto const good = run_line(R"("a")") + result("a", "ok", "ended");
    auto const tail = GENERATE(as<std::string>{}, "{", "{\"v\":1,\"ty\n", "\n", "garbage\n", std::string(64, '\0'),
                               "\xff\xfe", "17\n");
    CAPTURE(tail);
    CHECK(fate(read(good + tail), "a") == host_fate::ok);
}

TEST_CASE("a damaged ledger is refused by file, line and reason") {
    using row = std::pair<std::string, char const*>;
    auto const head = run_line(R"("a")");
    auto const [text, reason] = GENERATE_COPY(
        row{"a\n", "run.jsonl:1: not a ledger"}, row{"a", "run.jsonl:1: not a ledger"},
        row{"{\"v\":1,\"type\":\"result\"}\n", "run.jsonl:1: not a ledger"}, row{"\n", ""},
        row{head + "x\n" + sent("a"), "run.jsonl:2: is broken"}, row{head + "x\ny\n" + head, "run.jsonl:2: is broken"},
        row{head + "\n" + sent("a"), "run.jsonl:2: is broken"},
        row{head + "{\"v\":2,\"type\":\"run\"}\n", "run.jsonl:2: is of another version"},
        row{head + "{\"v\":[[1]],\"type\":\"run\"}\n", "run.jsonl:2: is of another version"},
        row{head + "{\"type\":\"run\"}\n", "run.jsonl:2: lacks \"v\""}, row{head + "{\"v\":1}\n", "lacks \"type\""},
        row{head + "{\"v\":1,\"type\":1}\n", "run.jsonl:2: \"type\" is not a string"},
        row{head + "{\"v\":1,\"type\":\"command_sent\"}\n", "lacks \"host\""},
        row{head + sent("b"), "run.jsonl:2: is about b, no host of its run"},
        row{head + result("\\u001b[2J", "ok", "ended"), "run.jsonl:2: is about ?[2J"},
        row{head + result("a", "failed", "perhaps"), "run.jsonl:2: \"command\" is none of"},
        row{run_line("\"a\",3"), "run.jsonl:1: \"targets\" has something that is not a string"},
        row{run_line("\"a,b\""), "run.jsonl:1: names a host that is none"},
        row{run_line("\"a[1-9999999]\""), "run.jsonl:1: names a host that is none"},
        row{run_line("\"../a\""), "run.jsonl:1: names a host that is none"},
        row{"{\"v\":1,\"type\":\"run\",\"targets\":{}}\n", "run.jsonl:1: \"targets\" is not a list"});
    CAPTURE(text);
    CHECK_THAT(refusal(text), ContainsSubstring(reason));
    CHECK(refusal(text).empty() == std::string(reason).empty());
}

TEST_CASE("a plan is read back with what has begun and passed, and a run that goes on keeps it") {
    std::string const first =
        R"({"v":1,"type":"run","command":"c","command_hash":"h","resumed":false,"targets":["a","b","c"],)"
        R"("transport":"exec","options":["--fanout=2","--lease"],"batches":[["a"],["b","c"]]})"
        "\n"
        R"({"v":1,"type":"batch_started","batch":1})"
        "\n"
        R"({"v":1,"type":"batch_passed","batch":1})"
        "\n"
        R"({"v":1,"type":"batch_started","batch":2})"
        "\n";
    std::string const again =
        R"({"v":1,"type":"run","command":"c","command_hash":"h","resumed":true,"targets":["b","c"]})"
        "\n"
        R"({"v":1,"type":"batch_started","batch":9})"
        "\n";
    auto const record = read(first);
    CHECK(record.transport() == "exec");
    REQUIRE(record.options() != nullptr);
    CHECK(*record.options() == std::vector<std::string>{"--fanout=2", "--lease"});
    for (auto const& text : {first, first + again}) {
        auto const whole = read(text);
        auto const& batches = whole.batches();
        REQUIRE(batches.size() == 2);
        CHECK((batches[0].passed && batches[1].begun && !batches[1].passed));
        CHECK(batches[1].hosts == std::vector<std::string>{"b", "c"});
    }
    CHECK(read(first + first).batches()[0].passed);
    auto const other = first.substr(0, first.find('\n') + 1);
    CHECK_FALSE(read(first + other).batches()[0].passed);
}
