// SPDX-License-Identifier: MIT
// What runs what is left of a run, and when that can't be said.
#include "output/words/rerun.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace muster;
using output::rerun;

namespace {

using lines = std::vector<std::string>;

host_result host(std::string name, final_state state, command_fate command = command_fate::ended) {
    host_result result;
    result.host = std::move(name);
    result.state = state;
    result.command = command;
    return result;
}

report ended(std::vector<host_result> hosts, stop_cause cause = stop_cause::none) {
    report results;
    results.hosts = std::move(hosts);
    results.cause = cause;
    return results;
}

rerun by_name() {
    rerun how;
    how.command = [](std::string const& hosts) { return hosts.empty() ? "rerun" : "rerun " + hosts; };
    return how;
}

lines told(report const& results, rerun const& how) {
    return rerun_lines(results, how, [&](std::vector<std::size_t> const& left) {
        std::string list;
        for (auto const index : left) list += (list.empty() ? "" : ",") + results.hosts[index].host;
        return list;
    });
}

auto const ok = host("a", final_state::ok);
auto const failed = host("b", final_state::failed);
auto const waiting = host("c", final_state::not_started, command_fate::not_sent);
auto const unknown = host("d", final_state::lost, command_fate::unknown);

}  // namespace

TEST_CASE("rerun: the hosts that did not end ok and do not run any more") {
    CHECK(told(ended({ok, failed, waiting, unknown}), by_name()) == lines{"rerun b,c"});
    CHECK(told(ended({ok, unknown}), by_name()).empty());
    CHECK(told(ended({failed}), rerun()).empty());
}

TEST_CASE("rerun: the order of a rollout's hosts is kept, and makes the same batches") {
    std::vector<host_result> hosts;
    for (auto const* const name : {"web5", "web6", "db1", "web1", "web2", "db0"})
        hosts.push_back(host(name, final_state::not_started, command_fate::not_sent));
    auto how = by_name();
    how.keeps_order = true;
    CHECK(told(ended(hosts), how) == lines{"rerun web[5-6],db1,web[1-2],db0"});
}

TEST_CASE("rerun: no command goes past a gate that only a record would know") {
    auto how = by_name();
    how.has_gates = true;
    for (auto const cause : {stop_cause::gate, stop_cause::approval, stop_cause::cancelled, stop_cause::total}) {
        CHECK(told(ended({ok, waiting}, cause), how).at(0).starts_with("begin with --ledger FILE"));
        CHECK(told(ended({ok}, cause), how).empty());
    }
    CHECK(told(ended({ok, failed}, stop_cause::failure), how) == lines{"rerun b"});
    how.is_recorded = true;
    CHECK(told(ended({ok, waiting}, stop_cause::gate), how) == lines{"rerun c"});
    CHECK(told(ended({ok}, stop_cause::gate), how) == lines{"rerun"});
    CHECK(told(ended({ok}), how).empty());
}

TEST_CASE("rerun: a command whose standard input is gone says so") {
    auto how = by_name();
    how.lacks_input = true;
    auto const text = told(ended({failed}), how);
    REQUIRE(text.size() == 2);
    CHECK(text[1] == "with the standard input that this run had: it is not kept");
}

TEST_CASE("rerun: a command that has ended well, and runs once more without a record, is told") {
    auto cut = host("e", final_state::stopped);
    cut.stage = stage::check;
    cut.steps = {{.stage = stage::command, .state = final_state::ok}, {.stage = stage::check}};
    auto ill = cut;
    ill.state = final_state::failed;
    auto how = by_name();
    CHECK(told(ended({ill}), how).size() == 1);
    auto const text = told(ended({failed, cut}), how);
    REQUIRE(text.size() == 2);
    CHECK(text[1].starts_with("where the command has ended well already it runs once more: e; "));
    how.is_recorded = true;
    CHECK(told(ended({failed, cut}), how).size() == 1);
}
