// SPDX-License-Identifier: MIT
// Shards on the program: whose hosts are whose, what is refused, and all of them as one.
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "cli/program_run.hpp"
#include "support/shell_run.hpp"

using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using support::test_folder;

namespace {

std::set<std::string> lines_of(std::string const& text) {
    std::set<std::string> lines;
    std::istringstream from(text);
    for (std::string line; std::getline(from, line);) lines.insert(line);
    return lines;
}

std::string text_of(std::string const& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

program_set_up with_input(std::string const& text) {
    program_set_up set_up;
    set_up.input = text;
    return set_up;
}

program_end with_variables(strings const& variables, strings words) {
    program_set_up set_up;
    set_up.environment = variables;
    words.insert(words.end(), {"-w", "n[1-9]", "echo x"});
    return run_here(words, set_up);
}

}  // namespace

TEST_CASE("shards have every host once, and their ledgers merge into one result") {
    test_folder const files;
    std::set<std::string> all;
    std::size_t count = 0;
    for (int shard = 0; shard < 4; ++shard) {
        auto const end = run_here({"--shard", std::to_string(shard) + "/4", "--ledger", files.path("{shard}.jsonl"),
                                   "-w", "n[1-10]", "[ {host} != n7 ]; r=$?; echo; exit $r"});
        CAPTURE(end.err);
        CHECK(end.code() == (shard == 2 ? 1 : 0));
        auto const lines = lines_of(end.out);
        count += lines.size();
        all.insert(lines.begin(), lines.end());
    }
    CHECK(count == 10);
    CHECK(all.size() == 10);
    auto const merged = run_muster(
        {"--merge", files.path("0.jsonl"), files.path("1.jsonl"), files.path("2.jsonl"), files.path("3.jsonl")});
    CAPTURE(merged.err);
    CHECK(merged.code() == 1);
    CHECK_THAT(merged.err,
               ContainsSubstring("10 hosts: 9 ok, 1 failed") && ContainsSubstring("n7: command: exit status 1"));
    auto const page = run_muster({"--merge", files.path("0.jsonl"), files.path("1.jsonl"), files.path("2.jsonl"),
                                  files.path("3.jsonl"), "--report", files.path("page.html"), "--json"});
    CAPTURE(page.err);
    CHECK(page.code() == 1);
    CHECK(lines_of(page.out).size() == 11);
    CHECK_THAT(text_of(files.path("page.html")), ContainsSubstring("n10") && ContainsSubstring("exit status 1"));
    auto const part = run_muster({"--merge", files.path("0.jsonl"), files.path("1.jsonl")});
    CHECK(part.code() == 1);
    CHECK_THAT(part.err, ContainsSubstring("shard 2 of 4 has no ledger: 2 hosts unknown") &&
                             ContainsSubstring("shard 3 of 4 has no ledger: 2 hosts unknown"));
    CHECK(run_muster({"--merge", files.path("0.jsonl"), files.path("0.jsonl")}).code() == 2);

    run_here({"--shard", "0/4", "--ledger", files.path("other-{shard}.jsonl"), "-w", "n[1-11]", "true"});
    auto const mixed = run_muster({"--merge", files.path("1.jsonl"), files.path("other-0.jsonl")});
    CHECK(mixed.code() == 2);
    CHECK_THAT(mixed.err, ContainsSubstring("is of another list of hosts"));

    auto const again = run_here({"--shard", "2/4", "--resume", files.path("{shard}.jsonl"), "--resume-any", "true"});
    CAPTURE(again.err);
    CHECK(again.code() == 0);
    CHECK_THAT(again.err, ContainsSubstring("1 host: 1 ok"));
}

TEST_CASE("what --json of shards has written merges as their ledgers do, in any number of files") {
    test_folder const files;
    std::string all, some;
    strings const kind{GENERATE("--json", "--json=events")};
    strings each{"--merge"};
    for (int shard = 0; shard < 4; ++shard) {
        auto const end =
            run_here({"--shard", std::to_string(shard) + "/4", kind[0], "-w", "n[1-10]", "[ {host} != n7 ]"});
        auto const file = files.path(std::to_string(shard));
        std::ofstream(file) << end.out;
        each.push_back(file);
        all += end.out;
        if (shard != 2) some += end.out;
        CHECK_THAT(end.out, ContainsSubstring("\"list_hash\":\"sha256:") && ContainsSubstring("\"list_size\":10"));
    }
    auto const merged = [&](std::string const& text) {
        std::ofstream(files.path("text")) << text;
        return run_muster({"--merge", files.path("text")});
    };
    for (auto const& whole : {run_muster(each), merged(all), run_muster({"--merge", "-"}, with_input(all))}) {
        CAPTURE(whole.err);
        CHECK(whole.code() == 1);
        CHECK_THAT(whole.err, ContainsSubstring("10 hosts: 9 ok, 1 failed") && !ContainsSubstring("unknown"));
    }
    auto const part = merged(some);
    CHECK(part.code() == 1);
    CHECK_THAT(part.err, ContainsSubstring("shard 2 of 4 has no results: 2 hosts unknown"));
    CHECK(run_muster({"--merge", each[1]}).code() == 1);
    auto const twice = run_muster({"--merge", each[1], each[1]});
    CHECK(twice.code() == 2);
    CHECK_THAT(twice.err, ContainsSubstring("is of shard 0, and so is"));
    auto const doubled = merged(some + text_of(each[1]));
    CHECK(doubled.code() == 2);
    CHECK_THAT(doubled.err, ContainsSubstring("has shard 0 of 4 twice"));
    auto const result = all.find("\"type\":\"result\"");
    auto const begin = all.rfind('\n', result) + 1;
    auto const lacking = merged(all.substr(0, begin) + all.substr(all.find('\n', result) + 1));
    CHECK(lacking.code() == 1);
    auto const other = run_here({"--shard", "2/4", kind[0], "-w", "n[1-11]", "[ {host} != n7 ]"});
    CHECK_THAT(merged(some + other.out).err, ContainsSubstring("is of another list of hosts"));
    CHECK(run_muster({"--merge", "-", "--report", files.path("page")}, with_input(all)).code() == 2);
}

TEST_CASE("events of shards in one file: the stop of one is its own, and the rest runs as one run") {
    test_folder const files;
    auto const events_of = [&](std::string const& shard) {
        return run_here({"-n", "-k", "--shard", shard, "--json=events", "-w", "n[1-4]",
                         "case {host} in n1) sleep 0.3; exit 3;; n3) sleep 300;; esac"})
            .out;
    };
    auto const stopped = events_of("0/2"), other = events_of("1/2");
    auto const first = stopped.find('\n') + 1, second = other.find('\n') + 1;
    std::ofstream(files.path("all")) << stopped.substr(0, first) << other.substr(0, second) << stopped.substr(first)
                                     << other.substr(second);
    run_muster({"--merge", files.path("all"), "--report", files.path("page.html")});
    auto const page = text_of(files.path("page.html"));
    CHECK_THAT(page, ContainsSubstring("stopped because: n1: command: exit status 3") &&
                         ContainsSubstring("<p>Again:</p><pre>muster --transport exec -n -k -w &#39;n[1,3]&#39; "));
    auto const row = page.find("title=\"n3\">n3</span>");
    REQUIRE(row != page.npos);
    CHECK_THAT(page.substr(row, page.find("</div>", row) - row), ContainsSubstring("<rect class=\"s\""));
}

TEST_CASE("a shard without hosts has a summary, and a merge wants no more of it") {
    test_folder const files;
    std::string all;
    for (auto const* shard : {"0/3", "1/3", "2/3"})
        all += run_here({"--shard", shard, "--json", "-w", "n1,n2", "true"}).out;
    CHECK(lines_of(all).size() == 5);
    std::ofstream(files.path("all")) << all;
    CHECK(run_muster({"--merge", files.path("all")}).code() == 0);
}

TEST_CASE("a file that claims billions of shards is answered at once") {
    test_folder const files;
    auto const ledger = files.path("0.jsonl");
    REQUIRE(run_here({"--shard", "0/4", "--ledger", files.path("{shard}.jsonl"), "-w", "n[1-10]", "true"}).code() == 0);
    auto text = text_of(ledger);
    for (auto const& [from, to] : {std::pair{"\"shards\":4,", "\"shards\":4000000000,"},
                                   std::pair{"\"list_size\":10", "\"list_size\":4000000000"}})
        for (auto at = text.find(from); at != text.npos; at = text.find(from, at + 1))
            text.replace(at, std::string_view(from).size(), to);
    std::ofstream(ledger) << text;
    auto const merged = run_muster({"--merge", ledger});
    CHECK(merged.code() == 1);
    CHECK_THAT(merged.err, ContainsSubstring("shards 1 to 3999999999 of 4000000000 have no ledger"));
}

TEST_CASE("a merge names a line that is broken in the middle of a ledger, and takes one at its end") {
    test_folder const files;
    auto const ledger = files.path("l.jsonl");
    REQUIRE(run_here({"--ledger", ledger, "-w", "n[1-4]", "true"}).code() == 0);
    auto const whole = text_of(ledger);
    auto const merged = [&](std::string const& text) {
        std::ofstream(ledger) << text;
        return run_muster({"--merge", ledger});
    };
    auto const second = whole.find('\n') + 1;
    auto const end_of_second = whole.find('\n', second);
    auto const damaged = merged(whole.substr(0, second) + "{torn" + whole.substr(end_of_second));
    CHECK(damaged.code() == 1);
    CHECK_THAT(damaged.err,
               ContainsSubstring("4 hosts") && ContainsSubstring(ledger + ":2: is broken; the file is damaged"));
    CHECK_THAT(merged(whole + "{\"v\":1,\"ty").err, !ContainsSubstring("broken"));
    CHECK_THAT(merged(whole + "{\"v\":1,\"ty\n" + whole).err, !ContainsSubstring("broken"));
    CHECK(merged(whole + "{\"v\":1,\"ty\n" + whole).code() == 0);
}

TEST_CASE("a shard goes on with its own ledger alone: no host that is ok runs again") {
    test_folder const files;
    auto const run = [&](strings words) {
        words.insert(words.end(), {"-q", "echo {host} >>" + files.path("runs")});
        return run_here(words);
    };
    auto const ledgers = files.path("{shard}.jsonl");
    for (auto const* part : {"0/2", "1/2"})
        REQUIRE(run({"--shard", part, "--ledger", ledgers, "-w", "n[1-6]"}).code() == 0);
    auto const refused = [&](strings const& words, std::string const& why) {
        auto const end = run(words);
        CHECK(end.code() == 2);
        CHECK_THAT(end.err, ContainsSubstring(why));
    };
    auto const one = files.path("1.jsonl");
    refused({"--shard", "1/3", "--resume", ledgers, "-w", "n[1-6]"},
            "is the ledger of shard 1/2, not of shard 1/3; for another number of shards begin other ledgers with the "
            "rest of all the old ones: -w '@ledger:" +
                one + ":left' for each");
    refused({"--resume", one, "-w", "n[1-6]"}, "is the ledger of shard 1/2, not of a run without --shard");
    refused({"--shard", "1/2", "--resume", ledgers, "-w", "n[1-7]"},
            "is the ledger of a part of another list: it had 6 hosts, and now there are 7");
    CHECK(run({"--shard", "1/2", "--resume", ledgers, "-w", "n[1-6]"}).code() == 0);
    CHECK(run({"--resume", one}).code() == 0);
    CHECK(text_of(files.path("runs")).size() == 6 * std::string("n1\n").size());
}

TEST_CASE("auto takes the engine's numbers; half a pair, none, and holes are exit 2") {
    using row = std::pair<strings, std::string>;
    for (auto const& [variables, hosts] :
         {row{{"SLURM_PROCID=1", "SLURM_NTASKS=4"}, "n2 n6"},
          row{{"SLURM_ARRAY_TASK_ID=6", "SLURM_ARRAY_TASK_MIN=2", "SLURM_ARRAY_TASK_MAX=8", "SLURM_ARRAY_TASK_STEP=2",
               "SLURM_PROCID=0", "SLURM_NTASKS=1"},
              "n3 n7"},
          row{{"JOB_COMPLETION_INDEX=0", "MUSTER_SHARDS=4"}, "n1 n5 n9"}, row{{"PMI_RANK=2", "PMI_SIZE=9"}, "n3"},
          row{{"PARALLEL_SEQ=1", "MUSTER_SHARDS=9"}, "n1"},
          row{{"SLURM_PROCID=0", "SLURM_NTASKS=1", "PARALLEL_SEQ=2", "MUSTER_SHARDS=4"}, "n2 n6"},
          row{{"SLURM_PROCID=1", "SLURM_NTASKS=4", "PMI_RANK=1", "PMI_SIZE=4", "PARALLEL_SEQ=3"}, "n2 n6"}}) {
        auto const end = with_variables(variables, {"--shard", "auto"});
        std::string had;
        for (auto const& line : lines_of(end.out)) had += (had.empty() ? "" : " ") + line.substr(0, line.find(':'));
        CHECK(end.code() == 0);
        CHECK(had == hosts);
    }
    for (auto const& variables :
         {strings{}, strings{"SLURM_PROCID=1"}, strings{"JOB_COMPLETION_INDEX=1"},
          strings{"SLURM_PROCID=0", "SLURM_NTASKS=8", "OMPI_COMM_WORLD_RANK=3", "OMPI_COMM_WORLD_SIZE=8"},
          strings{"PMI_RANK=x", "PMI_SIZE=2"}, strings{"PMI_RANK=2", "PMI_SIZE=2"},
          strings{"SLURM_ARRAY_TASK_ID=7", "SLURM_ARRAY_TASK_MIN=0", "SLURM_ARRAY_TASK_MAX=7",
                  "SLURM_ARRAY_TASK_COUNT=5"}}) {
        auto const end = with_variables(variables, {"--shard", "auto"});
        CAPTURE(variables, end.err);
        CHECK(end.code() == 2);
        CHECK(end.out.empty());
    }
}

TEST_CASE("what shards can't have is exit 2, and a shard without hosts is none") {
    test_folder const files;
    for (auto const& words : {strings{"--shard", "4/4"}, strings{"--shard", "1"}, strings{"--shard", "x/2"},
                              strings{"--shard", "0/2", "--batch", "1"}, strings{"--shard", "0/2", "--pick", "3"},
                              strings{"--shard", "0/2", "--ledger", files.path("one.jsonl")},
                              strings{"--shard", "0/2", "--report", files.path("one.html")}, strings{"--merge", "x"}}) {
        auto const end = with_variables({}, words);
        CAPTURE(words, end.err);
        CHECK(end.code() == 2);
        CHECK(end.out.empty());
    }
    auto const empty = with_variables({}, {"--shard", "11/12"});
    CHECK(empty.code() == 0);
    CHECK_THAT(empty.err, ContainsSubstring("shard 11 of 12: 0 of 9 hosts, up to 9 at once in all shards"));
    CHECK_THAT(with_variables({}, {"--shard", "1/4", "-f", "2"}).err, ContainsSubstring("up to 8 at once"));
}

TEST_CASE("a stop file that can't be made is an error before anything starts") {
    test_folder const files;
    auto const end = run_here({"--stop-file", files.path("none/stop"), "-w", "a", "touch " + files.path("ran")});
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring("stop file " + files.path("none/stop") + ": No such file or directory"));
    CHECK(text_of(files.path("ran")).empty());
}

TEST_CASE("a stop file stops the other runs, as its word says") {
    test_folder const files;
    auto const stop = files.path("stop");
    program_run other({"--transport", "exec", "--stop-file", stop, "-w", "a", "echo up; sleep 300"});
    REQUIRE(other.wait_for_output("a: up\n"));
    auto const failed = run_here({"-k", "--stop-file", stop, "-w", "b", "false"});
    CHECK(failed.code() == 1);
    auto const end = other.finish();
    CHECK(end.code() == 1);
    CHECK(end.duration < 60s);
    std::ifstream file(stop);
    std::string word;
    file >> word;
    CHECK(word == "now");
    auto const late = run_here({"--stop-file", stop, "-w", "c", "sleep 300"});
    CHECK(late.code() == 1);
    CHECK_THAT(late.err, ContainsSubstring("muster: " + stop + " is there and says: stop now (--stop-file)"));
    CHECK_THAT(failed.err, !ContainsSubstring("is there"));
}

TEST_CASE("a stop file that says soon may come to say now, and the other way round it says now") {
    test_folder const files;
    auto const stop = files.path("stop");
    program_run other({"--transport", "exec", "--stop-file", stop, "-w", "a,b", "-f", "1", "echo up; sleep 300"});
    REQUIRE(other.wait_for_output("a: up\n"));
    CHECK(run_here({"--halt", "soon,fail=1", "--stop-file", stop, "-w", "c", "false"}).code() == 1);
    CHECK(text_of(stop) == "soon\n");
    REQUIRE(other.wait_for_errors("says: stop soon"));
    std::ofstream(stop) << "now\n";
    auto const end = other.finish();
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("says: stop now") && ContainsSubstring("1 stopped, 1 not started"));
    CHECK(run_here({"--halt", "soon,fail=1", "--stop-file", stop, "-w", "c", "false"}).code() == 1);
    CHECK(text_of(stop) == "now\n");
}

namespace {

/// Shards 0, 1 and 2 of four, or all; n2 and n7 fail.
void run_shards(test_folder const& files, int count) {
    for (int shard = 0; shard < count; ++shard)
        run_here({"--shard", std::to_string(shard) + "/4", "--ledger", files.path("{shard}.jsonl"), "-w", "n[1-10]",
                  "[ {host} != n2 -a {host} != n7 -o -e " + files.path("../good-" + std::to_string(::getpid())) +
                      " ]; r=$?; echo; exit $r"});
}

}  // namespace

TEST_CASE("the rest of all shards runs in another number of shards, each host once") {
    test_folder const files;
    auto const good = files.path("../good-" + std::to_string(::getpid()));
    run_shards(files, 4);
    std::set<std::string> ran;
    std::ofstream(good) << "";
    for (auto const* const shard : {"0/3", "1/3", "2/3"}) {
        auto const end = run_muster({"--resume", files.path(""), "--shard", shard});
        CAPTURE(end.err);
        CHECK(end.code() == 0);
        for (auto const& line : lines_of(end.out)) CHECK(ran.insert(line).second);
    }
    CHECK(ran == std::set<std::string>{"n2: ", "n7: "});
    strings ledgers{"--merge"};
    for (auto const& name : files.names()) ledgers.push_back(files.path(name));
    auto const merged = run_muster(ledgers);
    CAPTURE(merged.err);
    CHECK(merged.code() == 0);
    CHECK_THAT(merged.err, ContainsSubstring("10 hosts: 10 ok"));
    CHECK_THAT(run_muster({"--merge", files.path("rest-0-of-3.jsonl")}).err, ContainsSubstring("the rest of a run"));
    auto const done = run_muster({"--resume", files.path("")});
    CHECK(done.code() == 0);
    CHECK_THAT(done.err, ContainsSubstring("nothing to do: 10 hosts ok already"));
    std::remove(good.c_str());
}

TEST_CASE("the rest of all shards runs in one, whose hint goes on with the folder again") {
    test_folder const files;
    run_shards(files, 4);
    auto const end = run_muster({"--resume", files.path("")});
    CAPTURE(end.err);
    CHECK(end.code() == 1);
    CHECK(lines_of(end.out) == std::set<std::string>{"n2: ", "n7: "});
    CHECK_THAT(end.err, ContainsSubstring("again: muster --resume " + files.path("")));
    CHECK_THAT(text_of(files.path("rest.jsonl")), ContainsSubstring("\"resumed\":true"));
}

TEST_CASE("hosts of a shard without a ledger are missed, and named by the user they run") {
    test_folder const files;
    run_shards(files, 3);
    auto const end = run_muster({"--resume", files.path("")});
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring("shard 3 of 4 has no ledger"));
    auto const whole = run_muster({"--resume", files.path(""), "-w", "n[1-10]"});
    CHECK(lines_of(whole.out) == std::set<std::string>{"n2: ", "n4: ", "n7: ", "n8: "});
    auto const other = run_muster({"--resume", files.path(""), "--shard", "0/2", "-w", "n[1-11]"});
    CHECK(other.code() == 2);
    CHECK_THAT(other.err, ContainsSubstring("another list"));
}

TEST_CASE("a folder that holds something else, or a ledger that is being written, is refused") {
    test_folder const files;
    run_shards(files, 4);
    program_run writes({"--transport", "exec", "--ledger", files.path("0.jsonl"), "a", "sleep 1000"});
    CHECK(writes.wait_for_commands(2));
    auto const locked = run_muster({"--resume", files.path("")});
    CHECK(locked.code() == 2);
    CHECK_THAT(locked.err, ContainsSubstring("another run is writing it"));
    CHECK(!std::ifstream(files.path("rest.jsonl")));
    test_folder const others;
    std::ofstream(others.path("notes")) << "text\n";
    CHECK_THAT(run_muster({"--resume", others.path("")}).err, ContainsSubstring("holds something else"));
}
