// SPDX-License-Identifier: MIT
// What a run leaves, and what it says of the way to run that.
#include <signal.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <string>

#include "cli/program_run.hpp"
#include "support/shell_run.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;
using support::test_folder;

namespace {

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the page and the last lines of a run past a gate name the same way to run the rest") {
    test_folder const here;
    auto const roll = [&](strings more) {
        more.insert(more.end(),
                    {"-n", "--batch", "1", "--gate", "false", "--report", here.path("page.html"), "-w", "a,b", "true"});
        return run_here(more);
    };
    auto const unrecorded = roll({});
    CHECK_THAT(unrecorded.err, ContainsSubstring("muster: begin with --ledger FILE; "));
    CHECK_THAT(here.read("page.html"), ContainsSubstring("<p>Again:</p><pre>begin with --ledger FILE; ") &&
                                           !ContainsSubstring("muster --transport exec -n --batch"));
    auto const recorded = roll({"--ledger", here.path("l")});
    CHECK_THAT(recorded.err, ContainsSubstring("--resume " + here.path("l") + "\n"));
    CHECK_THAT(here.read("page.html"), ContainsSubstring("--resume " + here.path("l") + "\n</pre>"));
}

TEST_CASE("a resume of which only a gate is left counts no hosts, and names itself when the gate says no") {
    test_folder const here;
    auto const first = run_here({"-n", "--batch", "1", "--gate", "test -e " + here.path("open"), "--ledger",
                                 here.path("l"), "-w", "a", "true"});
    CHECK(first.code() == 1);
    CHECK_THAT(first.err, ContainsSubstring("--resume " + here.path("l") + "\n"));
    auto const refused = run_muster({"--resume", here.path("l")});
    CHECK(refused.code() == 1);
    CHECK_THAT(refused.err, ContainsSubstring("the gate of batch 1 said no: exit status 1\nmuster: again: muster ") &&
                                !ContainsSubstring("0 hosts"));
    here.write("open", "");
    auto const passed = run_muster({"--resume", here.path("l")});
    CHECK(passed.code() == 0);
    CHECK_THAT(passed.err, ContainsSubstring("the gate has passed") && !ContainsSubstring("0 hosts") &&
                               !ContainsSubstring("again:"));
}

TEST_CASE("a batch of hosts that are left out names them, wherever it stands") {
    test_folder const here;
    auto const hangs = "[ {host} = c ] || [ {host} = a ] && exit 1; echo > " + here.path("ran") + "; sleep 300";
    auto const line = strings{"-n", "--batch", "1", "--ledger", here.path("l"), "-w", "a,b,c", hangs};
    CHECK(run_here(line).code() == 1);
    program_run run({"--transport", "exec", "--resume", here.path("l"), "-x", "a"});
    REQUIRE(run.wait_for([&] { return std::filesystem::exists(here.path("ran")); }));
    run.signal(SIGKILL);
    run.finish();
    auto const plan = run_muster({"--resume", here.path("l"), "--dry-run"});
    CHECK_THAT(plan.out, ContainsSubstring("batch 2 of 3: 1 host, b; left out: b"));
    auto const end = run_muster({"--resume", here.path("l")});
    CHECK_THAT(end.err, ContainsSubstring("3 batches of 1, 1, 1 hosts") && !ContainsSubstring("0 hosts"));
}

TEST_CASE("a command that runs the rest says that it wants the standard input, which is not kept") {
    test_folder const here;
    program_set_up piped;
    piped.input = "data";
    auto const of = [&](strings const& words) { return run_here(words, piped).err; };
    auto const wanted = "\nmuster:        with the standard input that this run had: it is not kept\n";
    CHECK_THAT(of({"a", "cat; false"}), ContainsSubstring(wanted));
    CHECK_THAT(of({"--ledger", here.path("l"), "a", "cat; false"}), ContainsSubstring(wanted));
    CHECK_FALSE(contains(of({"-n", "a", "false"}), wanted));
    here.write("data", "data");
    CHECK_FALSE(contains(of({"--input", here.path("data"), "a", "false"}), wanted));
}

TEST_CASE("merged ledgers name the command that runs what they have left") {
    test_folder const here;
    auto const shard = [&](std::string const& k) {
        run_here({"-n", "--shard", k + "/2", "--ledger", here.path(k + "{shard}"), "a,b", "test {host} = a"});
        return here.path(k + k);
    };
    auto const first = shard("0"), second = shard("1");
    auto const one = run_muster({"--merge", first, second});
    CHECK_THAT(one.err, ContainsSubstring("muster: again: for ledger in " + first + " " + second +
                                          "; do muster --resume \"$ledger\"; done\n"));
    run_here({"-n", "--ledger", here.path("l"), "a,b", "test {host} = a"});
    CHECK_THAT(run_muster({"--merge", here.path("l")}).err,
               ContainsSubstring("muster: again: muster --resume " + here.path("l") + "\n"));
}

TEST_CASE("nothing is said to be stopping where nothing runs") {
    auto const end = run_here({"-n", "-f", "1", "--halt", "soon", "-w", "a,b", "false"});
    CHECK_FALSE(contains(end.err, "stopping"));
    CHECK_THAT(end.err, ContainsSubstring("a: command: exit status 1"));
}
