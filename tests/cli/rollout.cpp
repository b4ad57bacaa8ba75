// SPDX-License-Identifier: MIT
// Rollouts on the program: batches, gates, pauses, and how a ledger goes on with the plan.
#include <unistd.h>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cli/program_run.hpp"
#include "support/ledger_lines.hpp"
#include "support/paths.hpp"

using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

class scratch {
  public:
    scratch() {
        auto name = (std::filesystem::temp_directory_path() / "muster-rollout-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::bad_alloc();
        folder_ = name;
    }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { std::filesystem::remove_all(folder_); }

    std::string path(std::string const& name) const { return folder_ / name; }
    std::string ledger() const { return path("roll.jsonl"); }
    /// Leaves the host's name, in one write(2).
    std::string effect() const { return "echo {host} >> " + path("effects"); }

    std::string text(std::string const& name) const {
        std::ifstream file(path(name));
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(std::string const& name, std::string const& text) const { std::ofstream(path(name)) << text; }

    std::map<std::string, int> effects() const {
        std::map<std::string, int> counts;
        std::istringstream lines(text("effects"));
        for (std::string host; std::getline(lines, host);) ++counts[host];
        return counts;
    }

    /// The ledger's lines of these types: "batch_started 1 batch_passed 1".
    std::string story(std::vector<std::string> const& types) const {
        std::string told;
        std::istringstream lines(text("roll.jsonl"));
        for (std::string line; std::getline(lines, line);) {
            auto const object = json::parse(line, nullptr, false);
            if (!object.is_object()) continue;
            auto const type = object["type"].get<std::string>();
            if (std::find(types.begin(), types.end(), type) == types.end()) continue;
            told += (told.empty() ? "" : " ") + type + " " + std::to_string(object["batch"].get<int>());
        }
        return told;
    }

  private:
    std::filesystem::path folder_;
};

std::vector<std::string> const batch_types = {"batch_started", "batch_passed", "batch_stopped"};

}  // namespace

TEST_CASE("batches run one after the other, and the plan is in the ledger") {
    scratch const files;
    auto const end = run_here({"--batch", "1,25%", "--ledger", files.ledger(), "-w", "n[1-10]", files.effect()});
    CAPTURE(end.err);
    CHECK(end.code() == 0);
    CHECK(files.effects().size() == 10);
    CHECK_THAT(run_here({"--batch", "1", "-w", "a", "true"}).err, ContainsSubstring("1 batch of 1 host; "));
    CHECK_THAT(end.err,
               ContainsSubstring("6 batches of 1, 2, 2, 2, 2, 1 hosts; stops at 1 failure, when the batch has ended") &&
                   ContainsSubstring("batch 2 of 6: 2 hosts, n[2-3]"));
    std::istringstream lines(files.text("roll.jsonl"));
    std::string first;
    std::getline(lines, first);
    auto const run = json::parse(first);
    CHECK(run["batches"] == json({{"n1"}, {"n2", "n3"}, {"n4", "n5"}, {"n6", "n7"}, {"n8", "n9"}, {"n10"}}));
    CHECK(run["transport"] == "exec");
    CHECK(run["options"] == json({"--transport=exec", "--batch=1,25%"}));
    CHECK(
        files.story(batch_types) ==
        "batch_started 1 batch_passed 1 batch_started 2 batch_passed 2 batch_started 3 batch_passed 3 batch_started 4 "
        "batch_passed 4 batch_started 5 batch_passed 5 batch_started 6 batch_passed 6");
}

TEST_CASE("a failure in the second batch: the batch ends, no other begins, and the rest is the whole rest") {
    scratch const files;
    // It fails when all of its batch have begun.
    auto const command = files.effect() + "; [ {host} != n3 ] || { until [ $(wc -l < " + files.path("effects") +
                         ") -ge 4 ]; do sleep 0.05; done; [ -e " + files.path("mended") + " ]; }";
    auto const end = run_here({"--batch", "1,3,6", "--ledger", files.ledger(), "-w", "n[1-10]", command});
    CAPTURE(end.err);
    CHECK(end.code() == 1);
    CHECK(files.effects().size() == 4);
    CHECK_THAT(end.err, ContainsSubstring("stopped in batch 2 of 3: 2 ok, 1 failed, 0 not started") &&
                            ContainsSubstring("6 not started") && ContainsSubstring("muster: again: muster ") &&
                            ContainsSubstring(" --resume " + files.ledger() + "\n"));
    files.write("mended", "");
    auto const rest = run_muster({"--resume", files.ledger()});
    CAPTURE(rest.err);
    CHECK(rest.code() == 0);
    CHECK_THAT(rest.err, ContainsSubstring("batch 2 of 3: 3 hosts (2 of them ok before), n[2-4]") &&
                             ContainsSubstring("batch 3 of 3: 6 hosts, n[5-10]"));
    auto counts = files.effects();
    CHECK(counts.size() == 10);
    CHECK(counts["n3"] == 2);
    counts["n3"] = 1;
    for (auto const& [host, count] : counts) CHECK(count == 1);
    CHECK_THAT(run_muster({"--resume", files.ledger()}).err, ContainsSubstring("nothing to do"));
}

TEST_CASE("a canary that can't be reached lets no other batch begin, whatever the policy") {
    for (auto const& policy : {strings{}, strings{"--halt", "never"}, strings{"--halt-on", "command"}}) {
        strings words = {"-F", "none", "-n", "--batch", "1,10", "-w", "x@127.0.0.1:1,x@127.0.0.[2-9]:1", "true"};
        words.insert(words.begin(), policy.begin(), policy.end());
        auto const end = run_muster(words);
        CAPTURE(end.err);
        CHECK(end.code() == 3);
        CHECK_THAT(end.err, ContainsSubstring("stopped: no host of batch 1 (x@127.0.0.1:1) could be used") &&
                                ContainsSubstring("8 not started"));
    }
}

TEST_CASE("a gate knows the rollout, is asked again on 75, and ends it with anything else") {
    scratch const files;
    auto const gate =
        "echo $MUSTER_BATCH/$MUSTER_BATCHES $MUSTER_TARGETS $MUSTER_OK $MUSTER_FAILED $MUSTER_LEFT "
        "$(cat $MUSTER_HOSTS_FILE) $MUSTER_LEDGER >> " +
        files.path("asked") + "; echo told; [ -e " + files.path("ready") + " ] || { touch " + files.path("ready") +
        "; exit 75; }; [ $MUSTER_BATCH = 1 ]";
    auto const end = run_here(
        {"--batch", "1", "--gate", gate, "--gate-for", "5s", "--ledger", files.ledger(), "-w", "a,b,c", "true"});
    CAPTURE(end.err);
    CHECK(end.code() == 1);
    CHECK(files.text("asked") == "1/3 3 1 0 2 a " + files.ledger() + "\n1/3 3 1 0 2 a " + files.ledger() +
                                     "\n2/3 3 2 0 1 b " + files.ledger() + "\n");
    CHECK_THAT(end.err, ContainsSubstring("gate: told") && ContainsSubstring("batch 1 of 3: the gate has passed") &&
                            ContainsSubstring("stopped: the gate of batch 2 said no: exit status 1"));
    CHECK_THAT(files.text("roll.jsonl"), ContainsSubstring(R"("stop":"gate")"));
    CHECK(files.story({"gate"}) == "gate 1 gate 2");

    // The gate of batch 2 is asked again, the hosts of batches 1 and 2 do not run again.
    files.write("asked", "");
    auto const rest =
        run_muster({"--resume", files.ledger(), "--gate", "echo $MUSTER_BATCH $MUSTER_OK >> " + files.path("asked")});
    CAPTURE(rest.err);
    CHECK(rest.code() == 0);
    CHECK(rest.out.empty());
    CHECK(files.text("asked") == "2 2\n3 3\n");
    CHECK_THAT(rest.err, ContainsSubstring("1 host: 1 ok"));
}

TEST_CASE("what a gate and the programs of a host print is shown while they run") {
    scratch const files;
    auto const seen = files.path("seen");
    auto const waits = "echo it asks; echo why >&2; printf half; until test -e " + seen + "; do sleep 0.01; done";
    for (std::string const view : {"--no-progress", "--json=events", "-b", "--quiet"}) {
        for (auto const& [option, label] :
             {std::pair{"--gate", "gate: "}, {"--before", "a: before: "}, {"--after", "a: after: "}}) {
            CAPTURE(view, option);
            std::filesystem::remove(seen);
            program_run run({"--transport", "exec", view, "--batch", "1", option, waits, "-w", "a", "true"});
            std::string const head = std::string("muster: ") + label;
            CHECK(run.wait_for_errors(head + "it asks\n"));
            CHECK(run.wait_for_errors(head + "why\n"));
            if (view == "--json=events") CHECK(run.wait_for_output(R"("stream":"stderr","line":"why")"));
            files.write("seen", "");
            auto const end = run.finish();
            CHECK(end.code() == 0);
            CHECK_THAT(end.err, ContainsSubstring(head + "half\n"));
        }
    }
}

TEST_CASE("JSON says where a rollout was stopped, and why for each host that was kept from its end") {
    auto const last = [](std::string const& lines) {
        return json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
    };
    auto const told = [&](strings words) {
        words.insert(words.begin(), {"--json=events", "--batch", "1,2", "-w", "a,b,c,d"});
        auto const end = run_here(words);
        CAPTURE(end.out);
        std::istringstream lines(end.out);
        json stopping;
        for (std::string line; std::getline(lines, line);) {
            auto const one = json::parse(line);
            if (one["type"] == "stopping") stopping = one;
            if (one["type"] == "result" && one["state"] == "not_started") CHECK(one["stop"] == stopping["cause"]);
        }
        auto const sum = last(end.out);
        for (auto const* const key : {"batch", "batches", "reason", "culprit"}) CHECK(sum.at(key) == stopping.at(key));
        return sum.at("stop").get<std::string>() + " " + sum["batch"].dump() + " " + sum["batches"].dump() + " " +
               sum["culprit"].dump() + " " + sum["reason"].dump();
    };
    CHECK(told({"false"}) == R"(failure 1 3 "a" null)");
    CHECK(told({"--halt", "never", "false"}) == "batch 1 3 null null");
    CHECK(told({"--halt", "never", "test {host} = a"}) == "batch 2 3 null null");
    CHECK(told({"--gate", "exit 3", "true"}) == R"(gate 1 3 null "exit status 3")");
    CHECK(told({"--halt", "now,fail=1", "test {host} != d"}) == R"(failure 3 3 "d" null)");
    auto const whole = run_here({"--json", "--batch", "1", "-w", "a,b", "true"});
    CHECK_FALSE(last(whole.out).contains("batch"));
}

TEST_CASE("a gate that says no after the last batch, or never says yes, is exit status 1") {
    auto const no = run_here({"--gate", "false", "-w", "a,b", "true"});
    CHECK(no.code() == 1);
    CHECK_THAT(no.err, ContainsSubstring("2 ok"));
    auto const late = run_here({"--gate", "exit 75", "--gate-for", "300ms", "-w", "a,b", "true"});
    CHECK(late.code() == 1);
    CHECK_THAT(late.err, ContainsSubstring("still not yet (status 75) after 300 ms (--gate-for)"));
    auto const hung = run_here({"--gate", "sleep 300", "--gate-for", "300ms", "-w", "a,b", "true"});
    CHECK(hung.code() == 1);
    CHECK_THAT(hung.err, ContainsSubstring("no answer within 300 ms (--gate-for)"));
    CHECK(hung.duration < 20s);
}

TEST_CASE("Ctrl-C in a pause or in a gate ends the run at once") {
    for (auto const& wait : {strings{"--soak", "1h"}, strings{"--gate", "echo asked; exec sleep 300"}}) {
        scratch const files;
        strings words = {"--transport", "exec", "--batch", "1", "--ledger", files.ledger(), "-w", "a,b", "true"};
        words.insert(words.begin() + 2, wait.begin(), wait.end());
        program_run run(words);
        REQUIRE(run.wait_for_errors("batch 1 of 2: 1 host"));
        if (wait[0] == "--soak") {
            REQUIRE(run.wait_for_errors("waiting for 1 h"));
        } else {
            REQUIRE(run.wait_for_commands(1));
        }
        auto const before = std::chrono::steady_clock::now();
        run.signal(SIGINT);
        auto const end = run.finish();
        CHECK(std::chrono::steady_clock::now() - before < 2s);
        CHECK(end.signal == SIGINT);
        CHECK(run.commands().empty());
        CHECK(files.story(batch_types) == "batch_started 1 batch_stopped 1");
    }
}

TEST_CASE("a second Ctrl-C ends a gate or a program of a host that ignores SIGTERM, which is told before") {
    for (auto const* const option : {"--gate", "--before", "--after"}) {
        program_run run({"--transport", "exec", "--batch", "1", "--grace", "1m", option,
                         "trap '' TERM; echo asked; sleep 300; sleep 300", "-w", "a,b", "true"});
        CAPTURE(option);
        REQUIRE(run.wait_for_errors("asked"));
        run.signal(SIGINT);
        REQUIRE(
            run.wait_for_errors(" goes on after SIGTERM, and gets SIGKILL 1 min 0 s after it (Ctrl-C again: at once)"));
        auto const before = std::chrono::steady_clock::now();
        CHECK(run.wait_for([&] {  // one that comes too soon after the first is its echo
            run.signal(SIGINT);
            return run.commands().empty();
        }));
        auto const end = run.finish();
        CHECK(std::chrono::steady_clock::now() - before < 10s);
        CHECK(end.signal == SIGINT);
        CHECK(run.commands().empty());
    }
}

TEST_CASE("a resume goes on with the plan: nothing is picked from it, and its order stays") {
    scratch const files;
    auto const command = files.effect() + "; [ {host} != h3 ] || [ -e " + files.path("mended") + " ]";
    auto const end = run_here({"--ledger", files.ledger(), "--batch", "1,2", "-w", "h[1-6]", command});
    CHECK(end.code() == 1);
    auto const picked = run_muster({"--resume", files.ledger(), "--pick", "1:7"});
    CHECK(picked.code() == 2);
    CHECK_THAT(picked.err, ContainsSubstring("leave out -w, --pick and --batch to go on with the plan"));
    CHECK(files.effects().size() == 3);
    files.write("mended", "");
    auto const rest = run_muster({"--resume", files.ledger(), "--order", "random"});
    CAPTURE(rest.err);
    CHECK(rest.code() == 0);
    CHECK(rest.err.find("random") == std::string::npos);
    CHECK(files.effects() ==
          std::map<std::string, int>{{"h1", 1}, {"h2", 1}, {"h3", 2}, {"h4", 1}, {"h5", 1}, {"h6", 1}});
}

TEST_CASE("a resume names the canary of which nothing is known, and the ways out") {
    scratch const files;
    program_run run(
        {"--transport", "exec", "--batch", "1", "--ledger", files.ledger(), "-w", "h[1-3]",
         "echo {host} >> " + files.path("ran") + "; [ {host} != h1 ] || [ -e " + files.path("ok") + " ] || sleep 300"});
    REQUIRE(run.wait_for([&] { return files.text("ran") == "h1\n"; }));
    run.signal(SIGKILL);
    run.finish();
    auto const blocked = run_muster({"--resume", files.ledger()});
    CHECK(blocked.code() == 1);
    CHECK_THAT(blocked.err, ContainsSubstring("batch 1 (h1) can't pass") &&
                                ContainsSubstring("--resume-unknown runs it again, -x h1 goes on without that host"));
    CHECK(files.text("ran") == "h1\n");
    CHECK(run_muster({"--resume", files.ledger(), "-x", "h1"}).code() == 0);
    CHECK(files.text("ran") == "h1\nh2\nh3\n");
    std::ofstream(files.path("ok")).flush();
    CHECK(run_muster({"--resume", files.ledger(), "--resume-unknown"}).code() == 0);
    CHECK(files.text("ran") == "h1\nh2\nh3\nh1\n");
}

TEST_CASE("SIGUSR1 names the step that a host is in") {
    auto const step = GENERATE(std::string("before"), "check", "always", "after");
    program_run run({"--transport", "exec", "--batch", "1", "--" + step, "echo begun; sleep 300", "-w", "a", "true"});
    CAPTURE(step);
    REQUIRE(run.wait_for_errors("batch 1 of 1: 1 host"));
    CHECK(run.wait_for([&] {
        run.signal(SIGUSR1);
        return run.err().find("a: " + step + " for ") != std::string::npos;
    }));
    run.signal(SIGINT);
    run.finish();
}

TEST_CASE("SIGUSR1 tells where the rollout is") {
    program_run run({"--transport", "exec", "--batch", "1", "--soak", "1h", "-w", "a,b", "true"});
    REQUIRE(run.wait_for_errors("waiting for 1 h"));
    run.signal(SIGUSR1);
    REQUIRE(run.wait_for_errors("batch 1 of 2, 1 host, soak "));
    run.signal(SIGINT);
    run.finish();
}

TEST_CASE("SIGUSR1 tells how long the gate and the next start are waited for") {
    auto const [options, told] = GENERATE(
        std::pair{strings{"--batch", "1", "--gate", "echo up; sleep 300"}, std::string("waiting for the gate, 10 min")},
        std::pair{strings{"--delay", "1h", "--halt", "never"}, std::string("muster: next start in 1 h 0 min")});
    auto words = strings{"--transport", "exec", "-n", "-w", "a,b", "echo up"};
    words.insert(words.begin(), options.begin(), options.end());
    program_run run(words);
    REQUIRE((run.wait_for([&] { return run.out().find("up") != std::string::npos; })));
    run.wait_for([&] {
        run.signal(SIGUSR1);
        std::this_thread::sleep_for(20ms);
        return run.err().find(told) != std::string::npos;
    });
    CHECK_THAT(run.err(), ContainsSubstring(told));
    run.signal(SIGINT);
    run.finish();
}

TEST_CASE("hosts are kept apart and together by their names; a host without a value is exit 2") {
    scratch const files;
    auto const log = "echo + >> " + files.path("{host}.x") + "; d=" + files.path("rack") +
                     "-$(echo {host} | cut -c1-2); mkdir $d || exit 9; sleep 0.05; rmdir $d";
    auto const apart = run_here({"--apart", "name:^(r\\d)", "-w", "r1n[1-5],r2n[1-5],r3n[1-5]", log});
    CAPTURE(apart.err);
    CHECK(apart.code() == 0);
    auto const two = run_here({"--apart", "name:^(r\\d)=2", "-w", "r1n[1-5]", "sleep 0.3; true"});
    CHECK(two.code() == 0);
    auto const together = run_here({"--together", "name:^(r\\d)", "-w", "r1a,r2a,r1b", "true"});
    CHECK(together.code() == 0);
    CHECK_THAT(together.err, ContainsSubstring("batch 1 of 2: 2 hosts, r1[a-b]") ||
                                 ContainsSubstring("batch 1 of 2: 2 hosts, r1a,r1b"));
    auto const none = run_here({"--apart", "name:^(r\\d)", "-w", "r1n1,web3,web4", "true"});
    CHECK(none.code() == 2);
    CHECK_THAT(none.err, ContainsSubstring("--apart name:^(r\\d): no value for web[3-4] (2)"));
    CHECK_THAT(run_here({"--apart", "name:^r", "-w", "r1", "true"}).err,
               ContainsSubstring("no part of the expression"));
    CHECK_THAT(run_here({"--apart", "name:^(x)?r", "-w", "r1", "true"}).err, ContainsSubstring("no value for r1 (1)"));
    CHECK_THAT(run_here({"--apart", "name:(a+)+{99}{99}", "-w", "a", "true"}).err, ContainsSubstring("too large"));
    CHECK_THAT(run_here({"--apart", "name:(", "-w", "a", "true"}).err,
               ContainsSubstring("--apart name:(: /(/: Unmatched ("));
}

TEST_CASE("inventory variables and groups of a source keep hosts apart") {
    scratch const files;
    files.write(
        "inventory.json",
        R"([{"host":"a","rack":"r1","groups":["g1"]},{"host":"b","rack":"r1","groups":["g1"]},)"
        R"({"host":"c","rack":"r2","groups":["g2"]},{"host":"d","groups":["g1","g2"]},{"host":"e","rack":""}])");
    strings const from = {"--inventory", files.path("inventory.json")};
    auto const run = [&](strings words) {
        words.insert(words.begin(), from.begin(), from.end());
        return run_here(words);
    };
    auto const racks = run({"--together", "rack", "-w", "a,c,b", "true"});
    CHECK(racks.code() == 0);
    CHECK_THAT(racks.err, ContainsSubstring("2 batches of 2, 1 hosts"));
    CHECK_THAT(run({"--together", "rack", "-w", "a,d", "true"}).err, ContainsSubstring("no value for d (1)"));
    CHECK_THAT(run({"--together", "rack", "-w", "a,e", "true"}).err, ContainsSubstring("no value for e (1)"));
    CHECK_THAT(run({"--together", "@inventory", "-w", "a,c,b", "true"}).err, ContainsSubstring("2 batches of 2, 1"));
    auto const twice = run({"--apart", "@inventory", "-w", "a,d", "true"});
    CHECK(twice.code() == 2);
    CHECK_THAT(twice.err, ContainsSubstring("d is in two groups of inventory"));
}

TEST_CASE("before and after run on this machine, by host, around its command") {
    scratch const files;
    auto const log = [&](std::string const& word) {
        return "echo " + word + " {host} $MUSTER_HOST >> " + files.path("log");
    };
    auto const end = run_here({"-f1", "--before", log("out") + "; echo leaves", "--after", log("in"), "-w", "a,b",
                               log("does") + "; [ {host} = a ]"});
    CAPTURE(end.err);
    CHECK(end.code() == 1);
    CHECK(files.text("log") == "out a a\ndoes a a\nin a a\nout b b\ndoes b b\n");
    CHECK_THAT(end.err, ContainsSubstring("muster: a: before: leaves"));
    auto const no = run_here({"--before", "[ {host} = a ]", "-w", "a,b", "echo ran"});
    CHECK(no.code() == 1);
    CHECK(no.out == "a: ran\n");
    CHECK_THAT(no.err, ContainsSubstring("b: before: exit status 1"));
    auto const late = run_here({"--after", "sleep 300", "-u", "300ms", "-w", "a", "true"});
    CHECK(late.code() == 1);
    CHECK_THAT(late.err, ContainsSubstring("a: after: did not end within 300 ms"));
}

TEST_CASE("what --before has done shows in results, in the ledger and in the last lines") {
    scratch const files;
    // b fails when a is in its command, and c has been taken out for a command that is never sent
    auto const wait = "until [ -e " + files.path("runs") + " ]; do sleep 0.05; done; [ {host} != b ] || exit 1; ";
    auto const end = run_here({"--json", "--ledger", files.ledger(), "--halt", "now,fail=1", "--before",
                               "case {host} in b) " + wait + ";; c) sleep 300;; esac", "-w", "a,b,c",
                               "touch " + files.path("runs") + "; sleep 300"});
    CAPTURE(end.err);
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("muster: as --before left them: a,c\n"));
    std::map<std::string, json> results;
    std::istringstream lines(end.out);
    for (std::string line; std::getline(lines, line);)
        if (auto const object = json::parse(line); object["type"] == "result") results[object["host"]] = object;
    CHECK(results["a"]["state"] == "stopped");
    CHECK(results["a"]["steps"][0]["stage"] == "before");
    CHECK(results["a"]["steps"][0]["state"] == "ok");
    CHECK(results["c"]["state"] == "not_started");
    CHECK(results["c"]["stage"] == "before");
    CHECK(results["c"]["steps"][0]["state"] == "stopped");
    CHECK(results["c"]["stages"].contains("before"));
    CHECK_THAT(files.text("roll.jsonl"), ContainsSubstring(R"("type":"step_done","host":"a","stage":"before")"));
}

TEST_CASE("a preflight that finds too few hosts is exit 3, and nothing is sent") {
    auto const end = run_muster({"-F", "none", "-n", "--preflight", "-w", "x@127.0.0.[1-3]:1", "true"});
    CHECK(end.code() == 3);
    CHECK_THAT(end.err, ContainsSubstring("stopped: the preflight reached 0 hosts, and 3 must be there"));
    CHECK(run_here({"--preflight=100%", "-w", "a,b", "true"}).code() == 0);
    CHECK(run_here({"--preflight=0", "-w", "a,b", "true"}).code() == 2);
    auto const short_list = run_here({"--preflight=3", "-w", "a,b", "true"});
    CHECK(short_list.code() == 2);
    CHECK_THAT(short_list.err, ContainsSubstring("--preflight=3: there are only 2 hosts"));
}

TEST_CASE("what a run tells its gates and its commands for each host are no options of a muster that these run") {
    scratch const files;
    auto const inner = [&](std::string const& name) {
        return std::string(program) + " -F none -n --transport exec -w x,y 'echo $MUSTER_HOST' > " + files.path(name) +
               " 2>&1";
    };
    auto const end = run_here({"--ledger", files.ledger(), "--batch", "1", "--gate", inner("gate"), "--before",
                               inner("before"), "-w", "a,b", "true"});
    CAPTURE(end.err, files.text("gate"), files.text("before"));
    CHECK(end.code() == 0);
    for (auto const* const name : {"gate", "before"}) {
        CHECK_THAT(files.text(name), ContainsSubstring("x: x\ny: y\n") || ContainsSubstring("y: y\nx: x\n"));
        CHECK_THAT(files.text(name), !ContainsSubstring("variable") && !ContainsSubstring("batch"));
    }
}

TEST_CASE("a dry run shows the programs of each host, and every option that makes the run what it is") {
    strings const words = {"--dry-run",  "--batch", "1",  "--soak",  "5m", "--gate", "./ask me", "--before",
                           "out {host}", "--after", "in", "--delay", "1s", "-w",     "a,b",      "true"};
    auto const text = run_here(words);
    CHECK(text.code() == 0);
    CHECK_THAT(text.out, ContainsSubstring("  a: before out a\n    then true\n    then after in\n") &&
                             ContainsSubstring("\noptions:\n  --transport=exec --batch=1 --soak=5m '--gate=./ask me' "
                                               "'--before=out {host}' --after=in --delay=1s\n"));
    auto json = words;
    json.insert(json.begin(), "--json");
    CHECK_THAT(run_here(json).out, ContainsSubstring(R"("options":["--transport=exec","--batch=1","--soak=5m",)"));
}

TEST_CASE("what rollouts can't be: exit 2 before anything starts") {
    for (auto const& words :
         {strings{"--batch", "0"}, strings{"--batch", "0%"}, strings{"--batch", "101%"}, strings{"--batch", "1,,2"},
          strings{"--batch", ""}, strings{"--batch", "x"}, strings{"--soak", "5m"}, strings{"--approve"},
          strings{"--gate-for", "5m"}, strings{"--apart", "rack=0", "--batch", "1"}, strings{"--check-for", "5m"},
          strings{"--check-hold", "5m"}, strings{"--pull-max", "5M"}, strings{"--expect-reboot", "0"},
          strings{"--pull", "f:out/{host}/../x"}}) {
        auto all = words;
        all.insert(all.end(), {"-w", "a", "echo ran"});
        auto const end = run_here(all);
        CAPTURE(words, end.err);
        CHECK(end.code() == 2);
        CHECK(end.out.empty());
    }
    program_set_up set_up;
    set_up.in_child = [] { ::setsid(); };
    auto const approve = run_here({"--approve", "--batch", "1", "-w", "a,b", "echo ran"}, set_up);
    CHECK(approve.code() == 2);
    CHECK(approve.out.empty());
    CHECK_THAT(approve.err, ContainsSubstring("--approve asks at the terminal"));
}

TEST_CASE("a plan is kept: other hosts and batches are refused, the same line again is not") {
    scratch const files;
    auto const command = "[ {host} = a ] || [ -e " + files.path("mended") + " ]";
    strings const line = {"--resume", files.ledger(), "--batch", "1", "-w", "a,b,c", command};
    CHECK(run_here(line).code() == 1);
    for (auto const& other : {strings{"--batch", "2"}, strings{"-w", "a,b"}, strings{"-w", "a,b,c,d"}}) {
        strings words = {"--resume", files.ledger()};
        words.insert(words.end(), other.begin(), other.end());
        auto const end = run_here(words);
        CAPTURE(other, end.err);
        CHECK(end.code() == 2);
        CHECK_THAT(end.err, ContainsSubstring("has a plan with 3 batches"));
    }
    files.write("mended", "");
    auto const again = run_here(line);
    CAPTURE(again.err);
    CHECK(again.code() == 0);
    CHECK_THAT(again.err, ContainsSubstring("2 hosts: 2 ok"));
    CHECK(run_here(line).code() == 0);
}

TEST_CASE("a failure lets its batch end whatever the fan-out; --halt soon starts nothing new in it") {
    scratch const files;
    auto const command = files.effect() + "; [ {host} != n2 ]";
    auto const end = run_here({"--batch", "1,4", "-f1", "-w", "n[1-9]", command});
    CAPTURE(end.err);
    CHECK(end.code() == 1);
    CHECK(files.effects().size() == 5);
    CHECK_THAT(end.err,
               ContainsSubstring("stopped in batch 2 of 3: 3 ok, 1 failed") && ContainsSubstring("n2: command"));
    scratch const others;
    auto const soon = others.effect() + "; [ {host} != n2 ]";
    CHECK(run_here({"--batch", "1,4", "-f1", "--halt", "soon", "-w", "n[1-9]", soon}).code() == 1);
    CHECK(others.effects().size() == 2);
    CHECK_THAT(run_here({"--halt", "batch", "n[1-9]", "true"}).err, ContainsSubstring("give --batch or --together"));
}

TEST_CASE("hosts that failed in batches that had passed come last; -x leaves hosts out of the plan") {
    scratch const files;
    auto const command = "[ {host} != b ] && [ {host} != d ] && [ {host} != e ] || [ -e " + files.path("mended") + " ]";
    auto const first =
        run_here({"--batch", "2", "--halt", "soon,fail=2", "--ledger", files.ledger(), "-w", "a,b,c,d,e,f", command});
    CHECK(first.code() == 1);
    CHECK(files.story(batch_types) == "batch_started 1 batch_passed 1 batch_started 2 batch_stopped 2");
    files.write("mended", "");
    auto const rest = run_muster({"--resume", files.ledger(), "-x", "f"});
    CAPTURE(rest.err);
    CHECK(rest.code() == 0);
    CHECK_THAT(rest.err, ContainsSubstring("batch 2 of 4: 2 hosts (1 of them ok before), c,d") ||
                             ContainsSubstring("batch 2 of 4: 2 hosts (1 of them ok before), [c-d]"));
    CHECK_THAT(rest.err, ContainsSubstring("batch 3 of 4: 1 host, e") && ContainsSubstring("batch 4 of 4: 1 host, b"));
    CHECK(run_muster({"--resume", files.ledger()}).code() == 0);
    CHECK(recorded(files.text("roll.jsonl")).ok.size() == 6);
}

TEST_CASE("SIGKILL at random moments of a rollout: no command runs twice, and the rest is exactly the rest") {
    auto const seed = Catch::getSeed();
    std::mt19937 random(seed);
    int const rounds = std::getenv("MUSTER_LONG") == nullptr ? 12 : 200;
    for (int round = 0; round < rounds; ++round) {
        scratch const files;
        auto const pause = std::uniform_int_distribution<int>(0, 700)(random);
        CAPTURE(seed, round, pause);
        // Every process of the rollout holds the lock, so that its end is known.
        auto const lock = "exec 9>>" + files.path("lock") + "; flock -s 9; ";
        strings const line = {"--transport",
                              "exec",
                              "-q",
                              "--batch",
                              "1,3",
                              "--soak",
                              "50ms",
                              "--gate",
                              lock + "sleep 0.03; echo $MUSTER_BATCH >> " + files.path("gates"),
                              "--ledger",
                              files.ledger(),
                              "-w",
                              "n[1-13]",
                              lock + "sleep 0.02; " + files.effect()};
        {
            program_run run(line);
            std::this_thread::sleep_for(std::chrono::milliseconds(pause));
            run.signal(SIGKILL);
            run.finish();
        }
        REQUIRE(::system(("flock -x " + files.path("lock") + " true").c_str()) == 0);
        recorded const killed(files.text("roll.jsonl"));
        auto const before = files.effects();
        for (auto const& [host, count] : before) CHECK(killed.sent.contains(host));
        if (files.text("roll.jsonl").empty()) continue;
        bool const has_plan = files.text("roll.jsonl").find('\n') != std::string::npos;
        if (!has_plan) continue;
        auto const rest = run_muster({"--resume", files.ledger(), "-q"});
        auto const unknown = killed.sent.size() - killed.ok.size();
        auto counts = files.effects();
        for (auto const& [host, count] : counts) CHECK(count == 1);
        CAPTURE(rest.err, unknown);
        if (unknown == 0) {
            CHECK(rest.code() == 0);
            CHECK(counts.size() == 13);
        } else {
            CHECK(rest.code() == 1);
            CHECK(run_muster({"--resume", files.ledger(), "-q", "--resume-unknown"}).code() == 0);
            counts = files.effects();
            CHECK(counts.size() == 13);
            for (auto const& host : killed.ok) CHECK(counts[host] == 1);
        }
        CHECK(recorded(files.text("roll.jsonl")).ok.size() == 13);
        // Each batch passed once, the one of hosts that were left out at first among them.
        auto const passed = files.story({"batch_passed"}) + " ";
        for (int batch = 1; batch <= 5; ++batch) {
            auto const line_of_batch = "batch_passed " + std::to_string(batch) + " ";
            CHECK(passed.find(line_of_batch) != std::string::npos);
            CHECK(passed.find(line_of_batch) == passed.rfind(line_of_batch));
        }
    }
}

TEST_CASE("JSON events tell of batches, pauses, gates and output as they happen") {
    auto const end = run_here({"--json=events", "--batch", "1", "--soak", "10ms", "--gate", "true", "-w", "a,b",
                               "printf 'x\\377'; [ {host} = a ]"});
    std::string types;
    std::istringstream lines(end.out);
    for (std::string line; std::getline(lines, line);) {
        auto const object = json::parse(line);
        types += object["type"].get<std::string>() + " ";
        if (object["type"] == "output") CHECK(object["data_b64"].is_string());
    }
    CHECK(types ==
          "run batch_started host_started command_sent output result soaking gate batch_passed batch_started "
          "host_started "
          "command_sent output result stopping batch_stopped summary ");
    CHECK(run_here({"--json=everything", "-w", "a", "true"}).code() == 2);
}
