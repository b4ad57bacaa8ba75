// SPDX-License-Identifier: MIT
// What is left to do after an earlier run, and which words are hosts then.
#include "cli/plan/resume.hpp"
#include "ledger/command_hash.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "cli/hosts/targets.hpp"

using namespace muster;
using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

using strings = std::vector<std::string>;

/// "z" is ok, "y" may run, "x" failed, "w" was never reached.
ledger::record sample(std::string const& command = "systemctl restart nginx") {
    ledger::record record;
    record.begin({command, ledger::command_hash(command)});
    for (auto const* const label : {"z", "y", "x", "w"}) record.add_host(label);
    record.set_fate("z", ledger::host_fate::ok);
    record.set_fate("y", ledger::host_fate::may_run);
    return record;
}

arguments resuming() {
    arguments args;
    args.resume = "run.jsonl";
    return args;
}

/// As `muster --resume run.jsonl -w HOSTS command...`.
arguments with_hosts(std::string const& hosts, std::string const& command) {
    auto args = resuming();
    args.hosts = {hosts};
    args.command = command;
    return args;
}

strings labels(host_list const& hosts) {
    strings all;
    for (auto const& host : hosts) all.push_back(host.label());
    return all;
}

rest_of_run rest_of(ledger::record const& record, arguments const& args) {
    host_sources sources(args, [](char const*) -> char const* { return nullptr; });
    return rest_after(record, args, sources);
}

}  // namespace

TEST_CASE("without words, hosts and command are the ledger's, in its order") {
    auto const rest = rest_of(sample(), resuming());
    CHECK(rest.args.command == "systemctl restart nginx");
    CHECK(labels(rest.hosts) == strings{"x", "w"});
    CHECK(rest.may_run == strings{"y"});
    CHECK(rest.done == 1);
}

TEST_CASE("hosts of the ledger can be left out, and nothing else is added") {
    auto args = resuming();
    args.excluded = {"x"};
    CHECK(labels(rest_of(sample(), args).hosts) == strings{"w"});
    args.excluded = {"[w-z]"};
    CHECK_THROWS_AS(rest_of(sample(), args), target_error);
}

TEST_CASE("option --resume-unknown takes those that may run, too") {
    auto args = resuming();
    args.resume_unknown = true;
    auto const rest = rest_of(sample(), args);
    CHECK(labels(rest.hosts) == strings{"y", "x", "w"});
    CHECK(rest.may_run.empty());
}

TEST_CASE("hosts that are given are the targets, and the ledger takes out what is done") {
    auto const rest = rest_of(sample(), with_hosts("v,W,x,y,Z", "systemctl restart nginx"));
    CHECK(labels(rest.hosts) == strings{"v", "W", "x"});
    CHECK(rest.may_run == strings{"y"});
    CHECK(rest.done == 1);
}

TEST_CASE("a ledger of another command is refused unless --resume-any") {
    auto args = with_hosts("w,x", "reboot");
    CHECK_THROWS_MATCHES(
        rest_of(sample(), args), target_error,
        MessageMatches(ContainsSubstring("run.jsonl is the ledger of another command: 'systemctl restart nginx'")));
    args.resume_any = true;
    CHECK(rest_of(sample(), args).args.command == "reboot");
    CHECK(labels(rest_of(sample(), args).hosts) == strings{"w", "x"});
}

TEST_CASE("a ledger in which no run has begun needs hosts and command") {
    ledger::record const empty;
    CHECK(labels(rest_of(empty, with_hosts("a,b", "true")).hosts) == strings{"a", "b"});
    CHECK_THROWS_AS(rest_of(empty, resuming()), target_error);
}

TEST_CASE("a command that the ledger could not hold must be given") {
    ledger::record record;
    record.begin({"echo \xef\xbf\xbd", ledger::command_hash("echo \xff")});
    record.add_host("a");
    CHECK_THROWS_MATCHES(rest_of(record, resuming()), target_error,
                         MessageMatches(ContainsSubstring("does not hold the command as it was")));
    CHECK(labels(rest_of(record, with_hosts("a,b", "echo \xff")).hosts) == strings{"a", "b"});
}

TEST_CASE("the hash of a command is SHA-256") {
    CHECK(ledger::command_hash("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
