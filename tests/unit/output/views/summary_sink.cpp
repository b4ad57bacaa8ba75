// SPDX-License-Identifier: MIT
// What is said about a run.
#include "output/views/summary_sink.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <exception>
#include <string>
#include <vector>

#include <muster/changed_host_key.hpp>
#include <muster/host.hpp>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct told {
    explicit told(verbosity how_much = verbosity::normal, std::size_t tail = 0, end_look look = {},
                  bool connects = true)
        : data(to.add(out.writer(), "standard output")),
          sink(to, to.add(file.descriptor(), "err"), data, {how_much, tail, connects, look, {}, {again, {}, false}}) {}
    explicit told(rerun again, end_look look = {})
        : data(to.add(out.writer(), "standard output")),
          sink(to, to.add(file.descriptor(), "err"), data, {verbosity::normal, 0, true, look, {}, std::move(again)}) {}

    static std::string again(std::string const& hosts) { return hosts.empty() ? "" : "muster -w '" + hosts + "' true"; }

    std::string text() {
        to.close();
        return file.text();
    }

    pipe_pair out;
    captured file;
    writer to;
    writer::target data;
    summary_sink sink;
};

void auth_failed(told_run& run, std::size_t host) {
    run.results.hosts[host].stage = stage::auth;
    run.ended(host, final_state::auth, "permission denied (publickey); tried id_ed25519, agent:2");
}

}  // namespace

TEST_CASE("A run without failures is one line") {
    told said;
    told_run run(said.sink, {"web1", "web2"});
    run.ended(0);
    run.ended(1);
    run.results.duration = std::chrono::milliseconds(4200);
    run.over();
    CHECK(said.text() == "muster: 2 hosts: 2 ok in 4.2 s\n");
}

TEST_CASE("The same error on many hosts is one line, counts and the rest follow") {
    told said;
    told_run run(said.sink, {"web1", "web2", "web3", "db1", "db2"});
    auth_failed(run, 0);
    run.ended(1);
    auth_failed(run, 2);
    run.failed(3, 3);
    run.ended(4, final_state::lost, "Connection reset by peer");
    run.results.hosts[4].command = command_fate::unknown;
    run.results.duration = std::chrono::seconds(42);
    run.over();
    CHECK(said.text() ==
          "muster: db1: command: exit status 3\n"
          "muster: db2: command: Connection reset by peer\n"
          "muster: web[1,3] (2): auth: permission denied (publickey); tried id_ed25519, agent:2\n"
          "muster: 5 hosts: 1 ok, 1 failed, 1 lost, 2 not authenticated in 42 s\n"
          "muster: may still run: db2\n"
          "muster: again: muster -w 'web[1,3],db1' true\n");
}

TEST_CASE("A command that is too long to copy names the hosts shortly, or says how they are found") {
    auto const last_line = [](std::string const& remembered) {
        told said(rerun{[](std::string const& hosts) { return "muster -w " + hosts + " true"; }, remembered, false});
        std::vector<std::string> names;
        for (int i = 0; i < 500; ++i)
            names.push_back(
                {static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26), '-', 'h', 'o', 's', 't'});
        told_run run(said.sink, names);
        for (std::size_t i = 0; i < names.size(); ++i) run.failed(i, 1);
        run.over();
        auto const text = said.text();
        return text.substr(text.find("muster: again: "));
    };
    CHECK(last_line("@last:left") == "muster: again: muster -w @last:left true\n");
    CHECK(last_line("") ==
          "muster: again: 500 hosts, too many to write them here; --ledger FILE records them for --resume, --remember "
          "yes "
          "for --failed\n");
}

TEST_CASE("A command whose arguments are too long to copy is not called many hosts") {
    told said(rerun{[](std::string const& hosts) { return "muster -w " + hosts + std::string(5000, 'x'); }, "", false});
    told_run run(said.sink, {"web1"});
    run.failed(0, 1);
    run.over();
    CHECK_THAT(said.text(),
               Catch::Matchers::ContainsSubstring("again: 1 host, by a command that is too long to write here; "));
}

TEST_CASE("On a terminal the command for the rest says its short form, where that has the same hosts") {
    auto const told_with = [](std::string const& remembered, command_fate fate) {
        told said(rerun{told::again, remembered, false}, {true, false, false, 80});
        told_run run(said.sink, {"web1", "web2"});
        run.failed(0, 3);
        run.ended(1, final_state::lost, "gone");
        run.results.hosts[1].command = fate;
        run.over();
        return said.text();
    };
    auto const command = [](auto const& hosts) { return "  again:  muster -w '" + std::string(hosts) + "' true"; };
    CHECK_THAT(told_with("@last:left", command_fate::ended),
               ContainsSubstring(command("web[1-2]") + "      (or --failed)\n"));
    CHECK_THAT(told_with("@last:left", command_fate::unknown), ContainsSubstring(command("web1") + "\n"));
    CHECK_THAT(told_with("", command_fate::ended), ContainsSubstring(command("web[1-2]") + "\n"));
}

TEST_CASE("No command that would pass over a gate or an approval is shown") {
    told said(rerun{[](std::string const&) { return std::string("muster --gate g -w web2 true"); }, {}, false, true});
    told_run run(said.sink, {"web1", "web2"});
    run.ended(0);
    run.results.cause = stop_cause::gate;
    run.ended(1, final_state::not_started, "");
    run.over();
    CHECK_THAT(said.text(),
               ContainsSubstring("muster: begin with --ledger FILE; --resume FILE then knows which gates and "
                                 "approvals are still to come\n") &&
                   !ContainsSubstring("web2 true"));
}

TEST_CASE("On a terminal warnings and keys stand in front of the table at the end") {
    told said(verbosity::normal, 0, {true, false, true, 80});
    told_run run(said.sink, {"a", "b", "c", "d"});
    for (std::size_t i : {0, 1}) {
        run.results.hosts[i].stage = stage::host_key;
        run.results.hosts[i].cause =
            std::make_exception_ptr(unknown_host_key("ED25519", "SHA256:key", "unknown host key"));
        run.ended(i, final_state::host_key, "unknown host key");
    }
    run.results.hosts[2].remarks = {{remark_code::background_left}};
    run.ended(2);
    run.failed(3, 3);
    run.over();
    auto const text = said.text();
    auto const table = text.find("✗ failed");
    CHECK(table < text.find("✗ host key refused"));
    CHECK(text.find("muster: c: warning: ") < table);
    CHECK(text.find("--accept-new adds them") < table);
    CHECK(text.find("muster: ", table) > text.find("again:  ", table));
}

TEST_CASE("Hints stand in front of the last words, which are the counts, or on a terminal the table") {
    for (bool const terminal : {false, true}) {
        told said(verbosity::normal, 0, {terminal, false, true, 80});
        said.sink.on_end(
            [](report const& results) { return std::vector<std::string>{"a hint\x1b for " + results.hosts[0].host}; });
        told_run run(said.sink, {"a", "b"});
        run.failed(0, 127);
        run.ended(1);
        run.over();
        CHECK(said.text().starts_with("muster: a hint\\x1b for a\n"));
    }
}

TEST_CASE("Several unknown host keys come once more as a table") {
    auto const text_for = [](std::vector<std::string> const& strangers) {
        told said;
        told_run run(said.sink, {"web1", "db.example.org", "web2"});
        for (std::size_t i = 0; i < 3; ++i) {
            auto const& name = run.results.hosts[i].host;
            if (std::ranges::find(strangers, name) == strangers.end()) {
                run.ended(i);
                continue;
            }
            run.results.hosts[i].stage = stage::host_key;
            run.results.hosts[i].cause =
                std::make_exception_ptr(unknown_host_key("ED25519", "SHA256:" + name, "unknown host key"));
            run.ended(i, final_state::host_key, "unknown host key");
        }
        run.over();
        return said.text();
    };
    CHECK_THAT(text_for({"web1", "db.example.org"}),
               ContainsSubstring("muster: 2 hosts have shown keys that are not known:\n"
                                 "muster:   web1            ED25519   SHA256:web1\n"
                                 "muster:   db.example.org  ED25519   SHA256:db.example.org\n"
                                 "muster: compare them with ssh-keygen"));
    CHECK_THAT(text_for({"web2"}), !ContainsSubstring("not known:"));
}

TEST_CASE("On a terminal the end is a table by weight, and what stopped the run stands last") {
    told said(verbosity::normal, 0, {true, false, true, 80});
    told_run run(said.sink, {"web1", "web2", "web3", "db1"});
    auth_failed(run, 0);
    auth_failed(run, 2);
    run.ended(1);
    run.failed(3, 3);
    run.results.cause = stop_cause::failure;
    run.results.culprit = 3;
    run.results.duration = std::chrono::milliseconds(6600);
    run.over();
    CHECK(said.text() ==
          "✗ failed             1  db1       exit status 3\n"
          "✗ not authenticated  2  web[1,3]\n"
          "    auth: permission denied (publickey); tried id_ed25519, agent:2\n"
          "✔ ok                 1  6.6 s\n"
          "  again:  muster -w 'web[1,3],db1' true\n"
          "stopped because: db1: exit status 3\n");
}

TEST_CASE("Of a program of this machine nothing is said that only it knows") {
    told said(verbosity::verbose, 0, {}, false);
    told_run run(said.sink, {"web1"});
    run.started(0);
    run.sent(0);
    auto const text = said.text();
    CHECK_THAT(text, ContainsSubstring("muster: web1: starting a program here\nmuster: web1: started in "));
    CHECK(text.find("connect") == text.npos);
}

TEST_CASE("On a narrow terminal the causes stand below the hosts, which are cut between terms") {
    told said(verbosity::normal, 0, {true, false, true, 40});
    std::vector<std::string> names;
    for (int i = 1; i < 40; i += 2) names.push_back("web" + std::to_string(i));
    told_run run(said.sink, names);
    for (std::size_t i = 0; i < names.size(); ++i) auth_failed(run, i);
    run.over();
    auto const text = said.text();
    CHECK_THAT(text, ContainsSubstring("✗ not authenticated  20  web[1,3,5,…,39]\n    auth: permission denied "));
}

TEST_CASE("On a terminal the limit on the run is the last word, too") {
    told said(verbosity::normal, 0, {true, false, true, 80});
    told_run run(said.sink, {"a"});
    run.results.hosts[0].remarks = {{remark_code::total_timeout, stage::total, std::chrono::seconds(2)}};
    run.ended(0, final_state::stopped);
    run.results.cause = stop_cause::total;
    run.over();
    CHECK_THAT(said.text(),
               ContainsSubstring("\nstopped because: the limit on the run has passed (--total-timeout, 2.0 s)\n"));
}

TEST_CASE("One cause is one line, whatever name, address or key it names") {
    told said;
    std::vector<std::string> const names{"web1", "web2", "db"};
    told_run run(said.sink, names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        run.results.hosts[i].address = "10.0.0." + std::to_string(i);
        run.results.hosts[i].stage = stage::host_key;
        run.ended(i, final_state::host_key,
                  "HOST KEY CHANGED for " + names[i] + " (10.0.0." + std::to_string(i) +
                      "): SHA256:" + std::string(43, static_cast<char>('a' + i)));
    }
    run.over();
    CHECK_THAT(said.text(),
               ContainsSubstring("muster: web[1-2],db (3): host key: HOST KEY CHANGED for HOST (HOST): SHA256:...\n"));
}

TEST_CASE("Changed keys are one line, and one command forgets each of them once, for all hosts") {
    told said;
    told_run run(said.sink, {"web1", "web2", "web3", "db"});
    for (std::size_t i = 0; i < 3; ++i) {
        auto const name = i == 0 ? std::string("web1") : std::string("[web2]:2222");
        auto const text = "HOST KEY CHANGED: not the key of /home/me/.ssh/known_hosts:" + std::to_string(i + 7);
        run.results.hosts[i].stage = stage::host_key;
        run.results.hosts[i].cause = std::make_exception_ptr(changed_host_key(name, "/home/me/.ssh/known_hosts", text));
        run.ended(i, final_state::host_key, text);
    }
    run.ended(3);
    run.over();
    CHECK_THAT(said.text(), ContainsSubstring("muster: web[1-3] (3): host key: HOST KEY CHANGED: not the key of "
                                              "/home/me/.ssh/known_hosts:...\n") &&
                                ContainsSubstring("for h in web1 '[web2]:2222'; do ssh-keygen -R \"$h\" -f "
                                                  "/home/me/.ssh/known_hosts; done\n"));
}

TEST_CASE("A stop is told at once, behind the host that caused it, which is told once") {
    told said;
    said.sink.on_stop([] { return "Ctrl-C twice"; });
    told_run run(said.sink, {"web1", "web2", "db1"});
    run.failed(2, 1);
    said.sink.tell(events::stopping{stop_cause::failure, 1, 2, false});
    REQUIRE(said.to.drained(std::chrono::seconds(20)));
    CHECK(said.file.text() ==
          "muster: db1: command: exit status 1\n"
          "muster: stopping 1 host (Ctrl-C twice: at once)\n");
    run.ended(0, final_state::stopped);
    run.ended(1, final_state::not_started);
    run.over();
    CHECK(said.text() ==
          "muster: db1: command: exit status 1\n"
          "muster: stopping 1 host (Ctrl-C twice: at once)\n"
          "muster: web1: command: stopped\n"
          "muster: web2: not started\n"
          "muster: 3 hosts: 0 ok, 1 failed, 1 stopped, 1 not started in 0 ms\n"
          "muster: again: muster -w 'web[1-2],db1' true\n");
}

TEST_CASE("A culprit whose result comes after the stop is named then") {
    told said;
    told_run run(said.sink, {"web1", "db1"});
    said.sink.tell(events::stopping{stop_cause::failure, 35, 1, true});
    run.failed(1, 1);
    CHECK(said.text() ==
          "muster: nothing new starts, waiting for 35 hosts (Ctrl-C: stop now)\n"
          "muster: db1: command: exit status 1\n");
}

TEST_CASE("Quiet tells errors and what may still run, nothing else") {
    told said(verbosity::quiet);
    told_run run(said.sink, {"web1", "db1"});
    said.sink.tell(events::stopping{stop_cause::cancelled, 1, {}, false});
    run.failed(0, 1);
    run.ended(1, final_state::stopped);
    run.results.hosts[1].command = command_fate::unknown;
    run.over();
    CHECK(said.text() ==
          "muster: web1: command: exit status 1\n"
          "muster: db1: command: stopped\n"
          "muster: may still run: db1\n");
}

TEST_CASE("Hosts that are as --before left them are named") {
    told said(verbosity::quiet);
    told_run run(said.sink, {"web1", "web2", "web3", "web4", "web5"});
    auto const before = [&](std::size_t host, final_state state) {
        run.results.hosts[host].steps = {{.stage = stage::before, .state = state}};
    };
    before(0, final_state::ok);
    run.ended(0);
    for (std::size_t const host : {1u, 2u}) {
        before(host, host == 1 ? final_state::ok : final_state::stopped);
        run.ended(host, final_state::not_started);
    }
    before(3, final_state::failed);
    run.failed(3, 1);
    run.ended(4, final_state::not_started);
    run.over();
    CHECK(said.text().ends_with("muster: as --before left them: web[2-3]\n"));
}

TEST_CASE("When the reader of the output left, only what may still run is told") {
    told said;
    told_run run(said.sink, {"web1", "db1"});
    said.out.close_reader();
    said.to.write(said.data, "x");
    REQUIRE(said.to.drained(std::chrono::seconds(20)));
    CHECK_THROWS_AS(run.out(0, "x"), write_error);
    said.sink.tell(events::stopping{stop_cause::fault, 2, {}, false});
    run.ended(0, final_state::stopped);
    run.ended(1, final_state::stopped);
    run.results.hosts[1].command = command_fate::unknown;
    run.over();
    CHECK_THROWS_AS(said.to.close(), write_error);
    CHECK(said.text() == "muster: may still run: db1\n");
}

TEST_CASE("Verbose tells each step") {
    told said(verbosity::verbose);
    told_run run(said.sink, {"web1"});
    run.started(0);
    run.sent(0);
    run.ended(0);
    auto const text = said.text();
    CHECK_THAT(text, ContainsSubstring("muster: web1: connecting\n"));
    CHECK_THAT(text, ContainsSubstring("muster: web1: connected to 127.0.0.1 port 22 as deploy in "));
    CHECK_THAT(text, ContainsSubstring("muster: web1: ok after 0 ms\n"));
}

TEST_CASE("With -v the hosts without a post-quantum key exchange are told at the end, folded") {
    for (auto const how_much : {verbosity::verbose, verbosity::normal}) {
        told said(how_much);
        told_run run(said.sink, {"web1", "web2", "web3", "here"});
        run.results.hosts[0].key_exchange = run.results.hosts[1].key_exchange = "curve25519-sha256";
        run.results.hosts[2].key_exchange = "mlkem768x25519-sha256";
        for (std::size_t i = 0; i < 4; ++i) run.ended(i);
        run.over();
        bool const told =
            said.text().find("muster: without a post-quantum key exchange: web[1-2] (2)\n") != std::string::npos;
        CHECK(told == (how_much == verbosity::verbose));
    }
}

TEST_CASE("Who runs is told on request, the longest first, many folded") {
    told said;
    std::vector<std::string> names(30);
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = "n" + std::to_string(i);
    told_run run(said.sink, names);
    for (std::size_t i = 0; i < 25; ++i) run.started(i);
    run.ended(0);
    run.sent(24);
    said.sink.who_runs();
    auto const text = said.text();
    CHECK_THAT(text, ContainsSubstring("muster: 24 hosts running\nmuster: n1: connecting for "));
    CHECK_THAT(text, ContainsSubstring("muster: n[21-24] (4): "));
}

TEST_CASE("The host that caused a stop is named with its last lines, made harmless") {
    told said(verbosity::normal, 2);
    told_run run(said.sink, {"web1", "web2", "web3"});
    said.sink.tell(events::output{0, stream::out, "one\ntwo\n"});
    said.sink.tell(events::output{1, stream::out, "fine\n"});
    said.sink.tell(events::output{0, stream::err, "no \x1b[31mdisk\nleft"});
    run.failed(0, 3);
    run.ended(1);
    said.sink.tell(events::stopping{stop_cause::failure, 1, 0, false});
    CHECK_THAT(said.text(), ContainsSubstring("muster: web1: command: exit status 3; its last lines:\n"
                                              "muster: web1| no \\x1b[31mdisk\nmuster: web1| left\n"
                                              "muster: stopping 1 host"));
}
