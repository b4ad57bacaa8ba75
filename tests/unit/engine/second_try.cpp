// SPDX-License-Identifier: MIT
// With halt_when::ask and "again" the failed hosts of a batch run once more, in virtual time.
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <muster/rollout_hooks.hpp>

#include "engine/rollout/batches.hpp"
#include "fleet.hpp"

using namespace engine_test;
using muster::batch_report;
using muster::halt_when;
using muster::verdict;

namespace {

using names = std::vector<std::string>;

/// A fleet in batches, and what its user answers to the questions about failures: a word each, then "stop".
class asking_fleet : public fleet {
  public:
    asking_fleet(std::size_t hosts, double batch) : fleet(hosts) {
        how.rollout.batches = muster::cut_into_batches(hosts, std::vector{muster::batch_size{batch, false}});
        how.fanout = 1;
        halt(halt_when::ask);
        muster::rollout_hooks hooks;
        hooks.halted = [this](batch_report about) { return ask(std::move(about)); };
        how.rollout.hooks = std::make_shared<muster::rollout_hooks const>(std::move(hooks));
    }

    /// "0 1 0": hosts in the order of their starts.
    std::string starts() const {
        std::string text;
        for (auto const& event : told.history)
            if (event.kind == "host_started") text += (text.empty() ? "" : " ") + std::to_string(event.index);
        return text;
    }

    names answers;
    std::function<void()> at_question = [] {};
    std::vector<batch_report> asked;

  private:
    coro::awaitable<verdict> ask(batch_report about) {
        asked.push_back(std::move(about));
        auto const word = asked.size() <= answers.size() ? answers[asked.size() - 1] : std::string("stop");
        at_question();
        verdict answer;
        answer.passed = word == "continue";
        answer.again = word == "again";
        co_return answer;
    }
};

support::host_script failing() {
    support::host_script script;
    script.status = 1;
    return script;
}

support::host_script unreachable() {
    support::host_script script;
    script.fails_at = stage::connect;
    script.fails_as = final_state::unreachable;
    return script;
}

support::host_script losing_its_connection() {
    support::host_script script;
    script.ends = ending::connection_breaks;
    return script;
}

}  // namespace

TEST_CASE("again: failed hosts run once more before the rest of their batch, and are no failures any more") {
    asking_fleet all(5, 4);
    all.how.fanout = 2;
    all[0] = failing();
    all[1] = unreachable();
    all.answers = {"again"};
    all.at_question = [&] {
        CHECK(all.asked[0].results[1]->state == final_state::unreachable);
        CHECK(all.asked[0].results[2]->state == final_state::not_started);
        all[0] = all[1] = {};
    };
    auto const results = all.run();
    CHECK(all.starts() == "0 1 0 1 2 3 4");
    CHECK(results.count(final_state::ok) == 5);
    CHECK(results.cause == stop_cause::none);
    REQUIRE(all.asked.size() == 1);
    CHECK(all.asked[0].may_run_again == names{"h0", "h1"});
    CHECK(all.asked[0].can_go_on);
    CHECK(results.hosts[0].repeats == 1);
    CHECK(results.hosts[2].repeats == 0);
}

TEST_CASE("again: a host whose command may still run stays out of it, and its failure counts on") {
    asking_fleet all(4, 4);
    all.how.fanout = 2;
    all[0] = losing_its_connection();
    all[1] = failing();
    all.at_question = [&] { all[0] = all[1] = {}; };
    SECTION("which is asked about once more") {
        all.answers = {"again", "continue"};
        auto const results = all.run();
        CHECK(all.starts() == "0 1 1 2 3");
        REQUIRE(all.asked.size() == 2);
        CHECK(all.asked[0].may_run_again == names{"h1"});
        CHECK(all.asked[1].may_run_again.empty());
        CHECK(results.count(final_state::ok) == 3);
    }
    SECTION("and a yes to it stays a yes") {
        all.how.fanout = 1;
        all[1] = {};
        all.answers = {"continue", "again"};
        all.at_question = [&] { all[1] = all.asked.size() == 1 ? failing() : support::host_script{}; };
        auto const results = all.run();
        CHECK(all.starts() == "0 1 1 2 3");
        CHECK(all.asked.size() == 2);
        CHECK(results.count(final_state::ok) == 3);
    }
}

TEST_CASE("again: what fails once more is asked about once more, when the others have ended") {
    asking_fleet all(4, 2);
    all[0] = failing();
    all.answers = {"again", "again", "stop"};
    auto const results = all.run();
    CHECK(all.starts() == "0 0 0");
    CHECK(all.asked.size() == 3);
    CHECK(results.hosts[0].repeats == 2);
    CHECK(results.cause == stop_cause::failure);
    CHECK(results.count(final_state::not_started) == 3);
}

TEST_CASE("again: a canary that failed is asked about, for it may run again; no other answer lets the rollout go on") {
    asking_fleet all(2, 1);
    all[0] = failing();
    SECTION("again") {
        all.answers = {"again"};
        all.at_question = [&] { all[0] = {}; };
        CHECK(all.run().count(final_state::ok) == 2);
    }
    SECTION("continue") {
        all.answers = {"continue"};
        CHECK(all.run().cause == stop_cause::batch);
    }
    SECTION("stop") {
        CHECK(all.run().cause == stop_cause::batch);
    }
    REQUIRE(all.asked.size() == 1);
    CHECK_FALSE(all.asked[0].can_go_on);
}

TEST_CASE("again: a run of which every host has ended ends as if it had not asked, unless hosts run again") {
    asking_fleet all(2, 1);
    all.how.rollout.batches.clear();
    all[1] = failing();
    SECTION("again") {
        all.answers = {"again"};
        all.at_question = [&] { all[1] = {}; };
        CHECK(all.run().count(final_state::ok) == 2);
    }
    SECTION("stop") {
        CHECK(all.run().cause == stop_cause::none);
    }
    CHECK(all.asked.size() == 1);
}

TEST_CASE("again: no question where no host may run again and nothing is left to do") {
    asking_fleet all(2, 1);
    all[0] = losing_its_connection();
    CHECK(all.run().cause == stop_cause::batch);
    CHECK(all.asked.empty());
}

TEST_CASE("again: a second try that does not reach the command leaves what is known of the first") {
    asking_fleet all(2, 2);
    all[0] = failing();
    all.answers = {"again", "stop"};
    SECTION("stopped while it connects: the first result stands") {
        all.at_question = [&] { all[0].stalls_at = stage::connect; };
        auto const results = all.run_and_cancel(1s);
        CHECK(outcome(results.hosts[0]) == "failed/ended");
        CHECK(results.hosts[0].status == 1U);
        CHECK(results.hosts[0].repeats == 0);
    }
    SECTION("unreachable: the command of the first try has ended") {
        all.at_question = [&] { all[0] = unreachable(); };
        auto const results = all.run();
        CHECK(outcome(results.hosts[0]) == "unreachable/ended");
        CHECK(results.hosts[0].repeats == 1);
    }
}

TEST_CASE("again: a host begins as a resume would, behind a command that ended well and was cut off from the rest") {
    asking_fleet all(2, 2);
    all.work = muster::job(std::vector<muster::job_step>{muster::step{"one"}, muster::check_step(muster::step{"two"})});
    all.answers = {"again"};
    SECTION("cut off") {
        all.work.steps[1] = muster::step{"two"};
        all[0].refuses_channel = 2;
        all.at_question = [&] { all[0] = {}; };
        auto const results = all.run();
        CHECK(all.starts() == "0 0 1");
        CHECK(results.count(final_state::ok) == 2);
        CHECK(results.hosts[0].steps.size() == 1);
        CHECK(results.hosts[0].command == command_fate::ended);
    }
    SECTION("not well") {
        all[0].statuses = {0, 3, 3, 3, 3};
        all[0].status = 3;
        std::get<muster::check_step>(all.work.steps[1]).within = 1s;
        all.at_question = [&] { all[0] = {}; };
        auto const results = all.run();
        CHECK(results.count(final_state::ok) == 2);
        CHECK(results.hosts[0].steps.size() == 2);
        CHECK(all.told.count("command_sent") == 3);
    }
}

TEST_CASE("again: hosts that are kept apart are so the second time, too") {
    asking_fleet all(4, 4);
    all.how.fanout = 4;
    all.how.rollout.apart = {0, 0, 1, 1};
    for (std::size_t host : {0, 1, 2, 3}) all[host] = failing();
    all.answers = {"again", "again", "again"};
    all.at_question = [&] {
        if (all.asked.size() == 2)
            for (std::size_t host : {0, 1, 2, 3}) all[host] = {};
    };
    auto const results = all.run();
    CHECK(results.count(final_state::ok) == 4);
    CHECK(all.hosts.most_open() == 2);
}

TEST_CASE("again: a host that the preflight missed is not tried again") {
    asking_fleet all(3, 3);
    all.how.rollout.preflight = 2;
    all[0] = unreachable();
    all[1] = failing();
    all.answers = {"again"};
    all.at_question = [&] { all[0] = all[1] = {}; };
    auto const results = all.run();
    REQUIRE(!all.asked.empty());
    CHECK(all.asked[0].may_run_again == names{"h1"});
    CHECK(outcome(results.hosts[0]) == "unreachable/not_sent");
    CHECK(results.count(final_state::ok) == 2);
}
