// SPDX-License-Identifier: MIT
// The ways of showing a run: gathered, in host order, only failures, and a file for each host.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "cli/program_run.hpp"
#include "support/sandbox.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string const rule(15, '-');

std::string headed(std::string const& hosts) {
    return rule + "\n" + hosts + "\n" + rule + "\n";
}

/// Every byte there is, many times, without a line feed at the end.
constexpr auto all_bytes =
    R"(i=0; while [ $i -lt 300 ]; do printf '\000\001\033[2J\r\n\377\200'; i=$((i+1)); done; printf 'end')";

std::string expected_bytes() {
    std::string all;
    for (int i = 0; i < 300; ++i) all += std::string("\0\1\33[2J\r\n\377\200", 10);
    return all + "end";
}

}  // namespace

TEST_CASE("option -b: identical output once, standard error as it comes") {
    auto const end = run_here({"-b", "web[1-9],db3", "[ {host} = db3 ] && echo 4 || echo 5; echo e >&2"});
    CHECK(end.out == headed("web[1-9] (9 of 10)") + "5\n" + headed("db3 (1 of 10) differs") + "4\n");
    CHECK_THAT(end.err, ContainsSubstring("web4: e\n"));
    auto const all = run_here({"-B", "a,b", "echo o; echo {host} >&2"});
    CHECK(all.out == headed("a (1 of 2)") + "o\na\n" + headed("b (1 of 2)") + "o\nb\n");
}

TEST_CASE("option -b with --live: the lines as they come as well") {
    auto const end = run_here({"-b", "--live", "a", "echo x"});
    CHECK(end.out == "a: x\n" + headed("a") + "x\n");
    CHECK_THAT(run_here({"--live", "a", "true"}).err, ContainsSubstring("--live needs --gather"));
}

TEST_CASE("option --diff: what differs from what most hosts printed") {
    auto const end = run_here({"--diff", "a[1-3]", "echo one; [ {host} = a2 ] || echo two"});
    CHECK(end.out ==
          headed("a[1,3] (2 of 3)") + "one\ntwo\n" + headed("a2 (1 of 3) differs") + "@@ -1,2 +1 @@\n one\n-two\n");
}

TEST_CASE("Ctrl-C shows what was gathered so far") {
    sandbox here;
    program_run run({"--transport", "exec", "-b", "a,b", "echo up; touch " + here.file("{host}") + "; sleep 300"});
    auto const is_there = [&](std::string const& name) { return ::access(here.file(name).c_str(), F_OK) == 0; };
    REQUIRE(run.wait_for([&] { return is_there("a") && is_there("b"); }));
    run.signal(SIGINT);
    auto const end = run.finish();
    CHECK(end.signal == SIGINT);
    CHECK(end.out == headed("a,b (2 of 2)") + "up\n");
}

TEST_CASE("option -L: hosts in their order, each in one piece") {
    auto const end = run_here({"-L", "a[1-3]", "[ {host} = a1 ] && sleep 0.3; echo {host}; echo again"});
    CHECK(end.out == "a1: a1\na1: again\na2: a2\na2: again\na3: a3\na3: again\n");
    auto const groups = run_here({"-b", "-L", "a[1-3]", "[ {host} = a1 ] && echo x || echo y"});
    CHECK(groups.out == headed("a1 (1 of 3) differs") + "x\n" + headed("a[2-3] (2 of 3)") + "y\n");
}

TEST_CASE("option --only-failed: output of hosts that did not end ok") {
    auto const end = run_here({"--only-failed", "a[1-3]", "echo {host}; echo e >&2; [ {host} != a2 ]"});
    CHECK(end.out == "a2: a2\n");
    CHECK_THAT(end.err, ContainsSubstring("a2: e\n") && !ContainsSubstring("a1: e\n"));
    CHECK(run_here({"--only-failed", "-b", "a[1-3]", "echo x; [ {host} != a2 ]"}).out == headed("a2 (1 of 3)") + "x\n");
}

TEST_CASE("option --outdir: exact bytes, while the command runs") {
    sandbox here;
    auto const folder = here.file("out");
    program_run run({"--transport", "exec", "-N", "--outdir", folder, "a", "printf 'x\\000'; printf e >&2; sleep 300"});
    auto const read = [&](std::string const& name) {
        std::ifstream file(folder + "/" + name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    CHECK(run.wait_for([&] { return read("a") == std::string("x\0", 2) && read("a.err") == "e"; }));
    run.signal(SIGTERM);
    run.finish();
    CHECK_THAT(read(".results.jsonl"), ContainsSubstring(R"("host":"a")") && ContainsSubstring(R"("kex":null)") &&
                                           ContainsSubstring(R"("type":"summary")"));
}

TEST_CASE("option --outdir replaces what is there and follows no link") {
    sandbox here;
    auto const folder = here.file("out");
    REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
    auto const precious = here.write("precious", "keep");
    here.write("out/b", "much older text");
    REQUIRE(::symlink(precious.c_str(), (folder + "/a").c_str()) == 0);
    REQUIRE(::symlink(precious.c_str(), (folder + "/a.err").c_str()) == 0);
    REQUIRE(::symlink(precious.c_str(), (folder + "/.results.jsonl").c_str()) == 0);
    auto const end = run_here({"--outdir", folder, "a,b", "echo {host}; echo e >&2"});
    CHECK(end.code() == 0);
    CHECK(here.read("precious") == "keep");
    CHECK(here.read("out/a") == "a\n");
    CHECK(here.read("out/b") == "b\n");
    CHECK(here.read("out/a.err") == "e\n");
}

TEST_CASE("option --errdir has standard error alone") {
    sandbox here;
    auto const out = here.file("out"), err = here.file("err");
    run_here({"--outdir", out, "--errdir", err, "a", "echo o; echo e >&2"});
    CHECK(here.read("out/a") == "o\n");
    CHECK(here.read("err/a") == "e\n");
    CHECK(::access((out + "/a.err").c_str(), F_OK) != 0);
    run_here({"--outdir", out, "--errdir", out, "a", "echo o; echo e >&2"});
    CHECK(here.read("out/a.err") == "e\n");
}

TEST_CASE("a folder that can't be written is an error before anything starts") {
    sandbox here;
    auto const file = here.write("file", "");
    auto const end = run_here({"--outdir", file, "a", "touch " + here.file("ran")});
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring(file + ": Not a directory"));
    CHECK(::access(here.file("ran").c_str(), F_OK) != 0);
}

TEST_CASE("a host's file that can't be made is named, and the run ends with 4") {
    sandbox here;
    ::mkdir(here.file("out").c_str(), 0700);
    ::mkdir(here.file("out/b").c_str(), 0700);
    auto const end = run_here({"--outdir", here.file("out"), "b", "echo x"});
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring("muster: " + here.file("out/b") + ": Is a directory\n"));
}

TEST_CASE("a page takes its place when it is whole, and not over what a host's output takes") {
    sandbox here;
    auto const page = here.write("page.html", "before");
    auto const during = run_here({"--report", page, "a", "cat " + page});
    CHECK(during.out == "a: before\n");
    CHECK(here.read("page.html").ends_with("</html>\n"));
    auto const end = run_here({"--outdir", here.file("out"), "--report", here.file("out/a.err"), "a", "echo x"});
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring("hosts' output goes into that file"));
}

TEST_CASE("Ctrl-C while the reader of all output blocks tells how the run ended") {
    sandbox here;
    auto const fifo = here.file("fifo");
    ::mkfifo(fifo.c_str(), 0600);
    int const reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    program_set_up set_up;
    set_up.out_file = fifo;
    program_run run({"--transport", "exec", "-b", "a", "seq 100000; exit 3"}, set_up);
    CHECK(run.wait_for_errors("its reader has read nothing"));
    run.signal(SIGINT);
    auto const end = run.finish();
    ::close(reader);
    CHECK(end.signal == SIGINT);
    CHECK_THAT(end.err, ContainsSubstring("1 failed") && ContainsSubstring("muster: again: ") &&
                            ContainsSubstring("what was left is lost"));
}

TEST_CASE("a page says why its run was stopped, and what the colours of a rollout mean") {
    sandbox here;
    program_run run(
        {"--transport", "exec", "--batch", "1", "--report", here.file("page.html"), "a,b", "echo up; sleep 300"});
    CHECK(run.wait_for_output("up"));
    run.signal(SIGINT);
    run.finish();
    auto const page = here.read("page.html");
    CHECK_THAT(page,
               ContainsSubstring("stopped because: it was told to stop") && ContainsSubstring("</svg> pause, gate "));
}

TEST_CASE("a page of a record has the pauses that there were, and a group of hosts that printed nothing") {
    sandbox here;
    auto const ledger = here.file("ledger"), page = here.file("page.html"), events = here.file("events");
    run_here({"--batch", "1", "--soak", "300ms", "--gate", "sleep 0.5", "--ledger", ledger, "a,b", "true"});
    run_muster({"--merge", ledger, "--report", page});
    CHECK_THAT(here.read("page.html"), ContainsSubstring("<td>for 300 ms</td>"));
    here.write("events", run_here({"--json=events", "a,b", "[ {host} = a ] || echo x"}).out);
    run_muster({"--merge", events, "--report", page});
    CHECK_THAT(here.read("page.html"), ContainsSubstring("b (1 of 2)") && ContainsSubstring("a (1 of 2): no output"));
}

TEST_CASE("a page made later of a run that was stopped says why, draws the stop and names the way to run the rest") {
    sandbox here;
    auto const run = [&](strings words, std::string const& input = {}) {
        program_set_up set_up;
        set_up.input = input;
        words.insert(words.begin(), {"--json=events", "--report", here.file("direct.html")});
        here.write("events", run_here(words, set_up).out);
    };
    auto const later = [&](std::string const& record) {
        run_muster({"--merge", here.file(record), "--report", here.file("later.html")});
        return here.read("later.html");
    };
    auto const stops = [](std::string const& page) {
        std::size_t count = 0;
        for (auto at = page.find(R"(class="s")"); at != page.npos; at = page.find(R"(class="s")", at + 1)) ++count;
        return count;
    };
    strings const line{"-n", "-k", "-f", "3", "-w", "n[1-4]", "[ {host} = n1 ] && { sleep 0.3; exit 3; }; sleep 300"};
    auto const why = "stopped because: n1: command: exit status 3";
    run(line);
    CHECK(stops(here.read("direct.html")) == 3);  // of two hosts, and in the legend
    auto const of_events = later("events");
    CHECK(stops(of_events) == 3);
    CHECK_THAT(of_events, ContainsSubstring(why) && ContainsSubstring("<p>Again:</p><pre>muster --transport exec -n -k "
                                                                      "-f 3 -w &#39;n[1-4]&#39; &#39;[ {host} = n1 ]"));
    auto recorded = line;
    recorded.insert(recorded.begin(), {"--ledger", here.file("ledger")});
    run(recorded);
    for (auto const& page : {later("events"), later("ledger")}) {
        CHECK(stops(page) == 3);
        CHECK_THAT(page, ContainsSubstring(why) &&
                             ContainsSubstring("<p>Again:</p><pre>muster --resume " + here.file("ledger") + "\n"));
    }
    run({"-n", "--batch", "1", "--gate", "false", "-w", "a,b", "true"});
    CHECK_THAT(later("events"), ContainsSubstring("<p>Again:</p><pre>begin with --ledger FILE; "));
    run({"-w", "a", "cat; false"}, "data");
    CHECK_THAT(later("events"), ContainsSubstring("\nwith the standard input that this run had: it is not kept"));
}

TEST_CASE("a record that ends in the middle of a stop says why the run was stopped") {
    sandbox here;
    run_here({"-n", "-k", "--ledger", here.file("ledger"), "-w", "a,b",
              "[ {host} = a ] && { sleep 0.2; exit 1; }; sleep 300"});
    auto const whole = here.read("ledger");
    auto const stopping = whole.find(R"("type":"stopping")");
    REQUIRE(stopping != whole.npos);
    here.write("ledger", whole.substr(0, whole.find('\n', stopping) + 1));
    auto const end = run_muster({"--merge", here.file("ledger"), "--report", here.file("page.html")});
    CHECK(end.code() == 1);
    CHECK_THAT(here.read("page.html"), ContainsSubstring("stopped because: a: command: exit status 1"));
}

TEST_CASE("a merge keeps the key exchange of the results") {
    sandbox here;
    auto lines = run_here({"-n", "--json", "a", "true"}).out;
    std::string const none = R"("kex":null)", some = R"("kex":"mlkem768x25519-sha256")";
    REQUIRE(lines.find(none) != lines.npos);
    here.write("results", lines.replace(lines.find(none), none.size(), some));
    CHECK_THAT(run_muster({"--merge", here.file("results"), "--json"}).out, ContainsSubstring(some));
}

TEST_CASE("option --stats: each stage by itself, 95 % of two are both, and a local command connects to nothing") {
    auto const end = run_here({"--stats", "--check", "sleep 0.1", "n[1-2]", "case {host} in n2) sleep 0.3;; esac"});
    CHECK_THAT(end.err, !ContainsSubstring("connect: ") && ContainsSubstring("\nmuster: check: half within 1"));
    auto const at = end.err.find("95 % within ", end.err.find("muster: command: "));
    REQUIRE(at != std::string::npos);
    auto const words = end.err.substr(at + 12);
    auto const time = words.substr(0, words.find(','));
    CHECK_THAT(words, ContainsSubstring("slowest " + time + " (n2)"));
}

TEST_CASE("binary output is exact in pipes, files and JSON") {
    sandbox here;
    auto const folder = here.file("out");
    auto const expected = expected_bytes();
    CHECK(run_here({"-N", "a", all_bytes}).out == expected);
    CHECK(run_here({"-N", "-L", "a", all_bytes}).out == expected);
    CHECK(run_here({"-b", "a", all_bytes}).out == headed("a") + expected + "\n");
    auto const end = run_here({"--json", "--outdir", folder, "a", all_bytes});
    CHECK(here.read("out/a") == expected);
    auto const result = nlohmann::json::parse(end.out.substr(0, end.out.find('\n')));
    CHECK(result["stdout_b64"].get<std::string>().size() == (expected.size() + 2) / 3 * 4);
}
