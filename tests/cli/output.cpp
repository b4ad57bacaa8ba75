// SPDX-License-Identifier: MIT
// What a run shows: lines, exact bytes, JSON, and what a terminal gets.
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "cli/program_run.hpp"
#include "support/shell_run.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

strings lines_of(std::string const& text) {
    std::istringstream in(text);
    strings all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
}

strings sorted(strings all) {
    std::ranges::sort(all);
    return all;
}

/// The objects of JSON Lines; throws when a line is none.
std::vector<json> objects_of(std::string const& text) {
    std::vector<json> all;
    for (auto const& line : lines_of(text)) all.push_back(json::parse(line));
    return all;
}

}  // namespace

TEST_CASE("every line has its host in front, on the stream it came from") {
    auto const end = run_here({"web[1-3]", "echo one; echo two; echo err >&2"});
    CHECK(sorted(lines_of(end.out)) ==
          strings{"web1: one", "web1: two", "web2: one", "web2: two", "web3: one", "web3: two"});
    CHECK_THAT(end.err, ContainsSubstring("web2: err\n") && ContainsSubstring("muster: 3 hosts: 3 ok in "));
}

TEST_CASE("a partial last line is completed; with -N nothing is added") {
    CHECK(run_here({"a", "printf 'x\\ny'"}).out == "a: x\na: y\n");
    CHECK(run_here({"-N", "a", "printf 'x\\ny'"}).out == "x\ny");
    CHECK(run_here({"-N", "a", "printf 'x\\000\\377\\033[1m'"}).out == std::string("x\0\377\033[1m", 7));
}

TEST_CASE("option -q shows output and errors only") {
    auto const good = run_here({"-q", "a", "echo x"});
    CHECK(good.out == "a: x\n");
    CHECK(good.err.empty());
    CHECK(run_here({"-q", "a", "exit 3"}).err == "muster: a: command: exit status 3\n");
}

TEST_CASE("the same error on many hosts is one line, with the way to run the rest") {
    auto const end = run_here({"a[1-9]", "case {host} in a[4-6]) exit 7; esac"});
    CHECK_THAT(end.err, ContainsSubstring("muster: a[4-6] (3): command: exit status 7\n"));
    CHECK_THAT(end.err, ContainsSubstring("9 hosts: 6 ok, 3 failed in "));
}

TEST_CASE("each host runs once, however often it was named") {
    auto const end = run_here({"a,A,b,a", "echo x"});
    CHECK(sorted(lines_of(end.out)) == strings{"a: x", "b: x"});
    CHECK_THAT(end.err,
               ContainsSubstring("muster: 2 hosts that were named before are left out: each host runs once\n"));
    CHECK(run_here({"-q", "a,a", "true"}).err.empty());
}

TEST_CASE("hosts come from a file and from standard input") {
    program_set_up set_up;
    set_up.input = "# a comment\nweb[1-2]\n\ndb1 # another\n";
    auto const end = run_here({"--hostfile", "-", "-w", "x", "cat; echo {host}"}, set_up);
    CHECK(sorted(lines_of(end.out)) == strings{"db1: db1", "web1: web1", "web2: web2", "x: x"});
}

TEST_CASE("the command's words are joined by blanks and keep their bytes") {
    CHECK(run_here({"a", "printf", "'%s|'", "'a  b'", "\"c\n d\""}).out == "a: a  b|c\na:  d|\n");
    CHECK(run_here({"a", "echo", "-k", "--json"}).out == "a: -k --json\n");
}

TEST_CASE("JSON: one valid object a host and a summary, whatever the host prints") {
    auto const end =
        run_here({"--json", "a[1-3],b",
                  "if [ {host} = b ]; then printf '\\377\\000'; exit 3; fi; printf '\"\\t\\\\\\033'; echo é >&2"});
    auto const all = objects_of(end.out);
    REQUIRE(all.size() == 5);
    std::map<std::string, json> hosts;
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(all[i]["v"] == 1);
        CHECK(all[i]["type"] == "result");
        hosts[all[i]["host"]] = all[i];
    }
    CHECK(hosts["a2"]["stdout"] == "\"\t\\\x1b");
    CHECK(hosts["a2"]["stderr"] == "é\n");
    CHECK(hosts["a2"]["state"] == "ok");
    CHECK(hosts["a2"]["status"] == 0);
    CHECK(hosts["a2"]["command"] == "ended");
    CHECK(hosts["b"]["stdout_b64"] == "/wA=");
    CHECK(hosts["b"]["state"] == "failed");
    CHECK(hosts["b"]["status"] == 3);
    CHECK(all[4]["type"] == "summary");
    CHECK(all[4]["states"]["ok"] == 3);
    CHECK(all[4]["states"]["failed"] == 1);
    CHECK(end.code() == 1);
}

TEST_CASE("JSON is complete when the run is stopped") {
    auto const end =
        run_here({"--json", "-k", "-f2", "a,b,c", "[ {host} = a ] && { sleep 0.2; exit 1; }; echo up; sleep 300"});
    auto const all = objects_of(end.out);
    REQUIRE(all.size() == 4);
    std::map<std::string, json> hosts;
    for (auto const& item : all)
        if (item["type"] == "result") hosts[item["host"]] = item;
    CHECK(hosts["a"]["state"] == "failed");
    CHECK(hosts["b"]["state"] == "stopped");
    CHECK(hosts["b"]["command"] == "ended");
    CHECK(hosts["b"]["stdout"] == "up\n");
    CHECK(hosts["c"]["state"] == "not_started");
    CHECK(hosts["c"]["command"] == "not_sent");
    CHECK(all.back()["stop"] == "failure");
    CHECK(all.back()["culprit"] == "a");
}

TEST_CASE("a terminal is not driven by what hosts print, unless --raw says so") {
    program_set_up set_up;
    set_up.terminal = true;
    auto const safe = run_here({"--color", "never", "a", "printf '\\033]0;title\\007x\\n'"}, set_up).out;
    CHECK_THAT(safe, ContainsSubstring("a: x"));
    CHECK(safe.find('\x07') == std::string::npos);
    auto const spelled = run_here({"-v", "--color", "never", "a", "printf '\\033]0;title\\007x\\n'"}, set_up).out;
    CHECK_THAT(spelled, ContainsSubstring("a: \\x1b]0;title\\x07x"));
    auto const bare = run_here({"-N", "a", "printf '\\033]52;c;aGk=\\007\\n'; printf 'a\\rb\\n' >&2"}, set_up).out;
    CHECK(bare.find("]52") == std::string::npos);
    CHECK(bare.find('\x07') == std::string::npos);
    auto const raw = run_here({"--raw", "--color", "never", "a", "printf '\\033]0;title\\007x\\n'"}, set_up).out;
    CHECK_THAT(raw, ContainsSubstring("\x1b]0;title\x07x"));
}

TEST_CASE("labels are coloured on a terminal, and where it is asked for") {
    program_set_up set_up;
    set_up.terminal = true;
    CHECK_THAT(run_here({"a", "echo x"}, set_up).out, ContainsSubstring("\x1b["));
    CHECK(run_here({"--color", "never", "a", "echo x"}, set_up).out.find("\x1b[3") == std::string::npos);
    set_up.environment = {"NO_COLOR=1"};
    CHECK(run_here({"a", "echo x"}, set_up).out.find("\x1b[3") == std::string::npos);
    CHECK(run_here({"a", "echo x"}).out == "a: x\n");
    CHECK_THAT(run_here({"--color", "always", "a", "echo x"}).out, ContainsSubstring("\x1b["));
}

TEST_CASE("options come from the environment, and the command line wins") {
    program_set_up set_up;
    set_up.environment = {"MUSTER_NO_LABEL=1", "MUSTER_QUIET=1", "MUSTER_FANOUT=1"};
    auto const end = run_here({"a,b", "echo {host}"}, set_up);
    CHECK(end.out == "a\nb\n");
    CHECK(end.err.empty());
    set_up.environment = {"MUSTER_FANOUT=none"};
    CHECK(run_here({"-f1", "a", "true"}, set_up).code() == 0);
    auto const bad = run_here({"a", "true"}, set_up);
    CHECK(bad.code() == 2);
    CHECK_THAT(bad.err, ContainsSubstring("MUSTER_FANOUT"));
}

TEST_CASE("many hosts, few files: the fan-out is lowered and every host runs") {
    program_set_up set_up;
    set_up.in_child = [] {
        rlimit const few{.rlim_cur = 64, .rlim_max = 64};
        ::setrlimit(RLIMIT_NOFILE, &few);
    };
    auto const end = run_here({"-f0", "n[1-100]", "echo {host}"}, set_up);
    CHECK(end.code() == 0);
    CHECK(lines_of(end.out).size() == 100);
    CHECK_THAT(end.err, ContainsSubstring("fan-out lowered from 100 to "));
    support::test_folder const here;
    here.write("d/f", "x");
    auto const pulled = run_here({"-f0", "--pull", here.path("d") + ":" + here.path("out"), "n[1-100]"}, set_up);
    CHECK(pulled.code() == 0);
    CHECK(here.read("out/n100/d/f") == "x");
}

TEST_CASE("the limit of open files is raised as far as it may be") {
    program_set_up set_up;
    set_up.in_child = [] {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 64;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    };
    auto const end = run_here({"-f0", "n[1-100]", "ulimit -Sn"}, set_up);
    CHECK(end.code() == 0);
    CHECK_THAT(end.err, !ContainsSubstring("fan-out lowered"));
}
