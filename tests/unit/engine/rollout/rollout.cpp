// SPDX-License-Identifier: MIT
// The plan of a run against what it promises, for random fleets, policies and ends.
#include "engine/rollout/rollout.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <variant>
#include <vector>

using namespace muster;

namespace {

host_result ended_as(final_state state) {
    host_result host;
    host.state = state;
    host.command = state == final_state::unreachable ? command_fate::not_sent : command_fate::ended;
    return host;
}

options options_of(std::size_t fanout, halt_policy const& policy) {
    options options;
    options.fanout = fanout;
    options.halt = policy;
    return options;
}

/// Plays a rollout to its end: hosts end in random order, and the run stops when the policy says so.
class game {
  public:
    game(std::size_t hosts, std::size_t fanout, halt_policy const& policy, unsigned seed)
        : hosts_(hosts),
          fanout_(fanout == 0 ? hosts : fanout),
          policy_(policy),
          plan_(hosts, options_of(fanout, policy), {}),
          random_(seed) {}

    void play() {
        for (;;) {
            auto const next = plan_.next({});
            if (auto const* const start = std::get_if<rollout::start>(&next)) {
                started(start->host);
            } else if (std::holds_alternative<rollout::wait>(next)) {
                REQUIRE(!running_.empty());
                end_one();
            } else if (!running_.empty()) {
                CHECK_FALSE(plan_.over());
                end_one();
            } else {
                break;
            }
        }
        CHECK(plan_.over());
        CHECK((stopped_ || count_ == hosts_));
        CHECK(std::holds_alternative<rollout::done>(plan_.next({})));
    }

    bool stopped() const { return stopped_; }
    std::size_t count() const { return count_; }

  private:
    void started(std::size_t host) {
        REQUIRE(!stopped_);
        REQUIRE(host == count_);  // in order, and each once
        ++count_;
        running_.push_back(host);
        REQUIRE(running_.size() <= fanout_);
    }

    void end_one() {
        auto const position = static_cast<std::ptrdiff_t>(random_() % running_.size());
        auto const host = running_[static_cast<std::size_t>(position)];
        running_.erase(running_.begin() + position);
        static constexpr final_state states[] = {final_state::ok, final_state::ok, final_state::failed,
                                                 final_state::unreachable};
        auto const state = states[random_() % 4];
        if (random_() % 2 == 0) plan_.judge(host, ended_as(state));  // known before the end, and counted once
        plan_.ended(host, ended_as(state));
        if (state == final_state::failed || (state == final_state::unreachable && policy_.counted == halt_on::any))
            ++failures_;
        bool const reached = policy_.when != halt_when::never && failures_ >= wanted();
        REQUIRE(plan_.halts() == (reached && !stopped_));
        if (plan_.halts()) {
            plan_.stop();
            stopped_ = true;
        }
    }

    double wanted() const {
        return policy_.percent ? std::max(1.0, std::ceil(policy_.fail * static_cast<double>(hosts_) / 100 - 1e-9))
                               : policy_.fail;
    }

    std::size_t hosts_;
    std::size_t fanout_;
    halt_policy policy_;
    rollout plan_;
    std::minstd_rand random_;
    std::vector<std::size_t> running_;
    std::size_t count_ = 0;
    double failures_ = 0;
    bool stopped_ = false;
};

}  // namespace

TEST_CASE("rollout: every host starts once, in order, never more at once than the fan-out, and none after a stop") {
    std::minstd_rand random(7);
    for (unsigned seed = 0; seed < 2000; ++seed) {
        halt_policy policy;
        policy.when = std::vector{halt_when::never, halt_when::soon, halt_when::now}[random() % 3];
        policy.percent = random() % 2 == 0;
        policy.fail = 1 + static_cast<double>(random() % 30);
        policy.counted = random() % 2 == 0 ? halt_on::any : halt_on::command;
        game game(random() % 60, random() % 12, policy, seed);
        game.play();
    }
}

TEST_CASE("rollout: without hosts there is nothing to do") {
    rollout plan(0, options(), {});
    CHECK(std::holds_alternative<rollout::done>(plan.next({})));
}

TEST_CASE("rollout: after a stop nothing starts, and it is over when the hosts that run have ended") {
    rollout plan(3, options_of(1, {}), {});
    CHECK(std::get<rollout::start>(plan.next({})).host == 0);
    CHECK(std::holds_alternative<rollout::wait>(plan.next({})));
    plan.stop();
    CHECK(std::holds_alternative<rollout::done>(plan.next({})));
    CHECK_FALSE(plan.over());
    plan.ended(0, ended_as(final_state::stopped));
    CHECK(plan.over());
}
