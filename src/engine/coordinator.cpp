// SPDX-License-Identifier: MIT
// One loop over the rollout's answers, and a task for each host that runs.
#include "engine/coordinator.hpp"

#include <exception>
#include <utility>
#include <variant>

#include <muster/coro/exception_group.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>
#include <muster/rollout_hooks.hpp>

#include "engine/run_host.hpp"

namespace muster {

namespace {

stop_cause cause_of(events::question kind) {
    switch (kind) {
        case events::question::gate:
            return stop_cause::gate;
        case events::question::approval:
            return stop_cause::approval;
        case events::question::halted:
            return stop_cause::failure;
    }
    return stop_cause::gate;
}

rollout_hooks::question const& hook_of(rollout_hooks const& hooks, events::question kind) {
    return kind == events::question::gate       ? hooks.gate
           : kind == events::question::approval ? hooks.approve
                                                : hooks.halted;
}

asio::awaitable<void> take_answer(asio::awaitable<verdict> asking, verdict& into) {
    into = co_await std::move(asking);
}

}  // namespace

asio::awaitable<void> coordinator::run() {
    auto& plan = run_.plan();
    hosts_.start(wake_at_stop(), coro::daemon);
    for (;;) {
        changed_.reset();
        auto const next = plan.next(run_.now());
        if (auto const* const host = std::get_if<rollout::start>(&next)) {
            start(host->host);
        } else if (!std::holds_alternative<rollout::done>(next)) {
            auto const visitor = [this](auto const& step) { return act(step); };
            co_await std::visit(visitor, next);
        } else if (plan.over()) {
            co_return;
        } else {
            co_await changed_.wait();
        }
    }
}

void coordinator::start(std::size_t host) {
    hosts_.start(live(host), coro::daemon);
}

asio::awaitable<void> coordinator::live(std::size_t host) {
    co_await run_host(run_, host);
    run_.halt_at(host);
    run_.plan().ended(host, run_.result(host));
    changed_.set();
}

asio::awaitable<void> coordinator::wake_at_stop() {
    co_await run_.stopping().wait();
    changed_.set();
}

asio::awaitable<void> coordinator::wait_for_change(rollout::time_point until) {
    if (until == rollout::time_point::max()) {
        co_await changed_.wait();
    } else {
        auto change = changed_.wait();
        co_await coro::move_on_after(until - run_.now(), std::move(change));
    }
}

asio::awaitable<void> coordinator::act(rollout::wait const& next) {
    if (next.is_delay) run_.start_delayed(next.until - run_.now());
    co_await wait_for_change(next.until);
}

asio::awaitable<void> coordinator::act(rollout::begin const& next) {
    run_.args().transport.begin_batch();
    run_.batch_started(next.batch);
    co_return;
}

asio::awaitable<void> coordinator::act(rollout::approve const& next) {
    co_await put_question(events::question::approval, next.batch);
}

asio::awaitable<void> coordinator::act(rollout::ask const& next) {
    co_await put_question(events::question::halted, next.batch);
}

asio::awaitable<void> coordinator::act(rollout::soak const& next) {
    run_.soaking(next.batch, next.length);
    co_return;
}

asio::awaitable<void> coordinator::act(rollout::gate const& next) {
    co_await put_question(events::question::gate, next.batch);
}

asio::awaitable<void> coordinator::act(rollout::pass const& next) {
    run_.batch_ended(next.batch, true);
    co_return;
}

asio::awaitable<void> coordinator::act(rollout::fail const&) {
    run_.stop(stop_cause::batch);
    co_return;
}

asio::awaitable<void> coordinator::act(rollout::halt const& next) {
    run_.stop(stop_cause::failure, next.culprit);
    co_return;
}

asio::awaitable<void> coordinator::act(rollout::start const&) {
    co_return;
}

asio::awaitable<void> coordinator::act(rollout::done const&) {
    co_return;
}

/// As long as nothing stops the run: no host runs that an answer could be waited for.
asio::awaitable<verdict> coordinator::answer_to(events::question kind, std::size_t batch) {
    auto asking = hook_of(*run_.args().options.rollout.hooks, kind)(run_.report_on(batch));
    verdict answer;
    auto taking = take_answer(std::move(asking), answer);
    auto stop = run_.stopping().wait();
    try {
        co_await coro::wait_any(std::move(taking), std::move(stop));
    } catch (coro::exception_group const& group) {
        std::rethrow_exception(group.exceptions().front());
    }
    co_return answer;
}

asio::awaitable<void> coordinator::put_question(events::question kind, std::size_t batch) {
    run_.question_asked(kind, batch);
    auto const asked = run_.now();
    auto asking = answer_to(kind, batch);
    auto const answer = co_await std::move(asking);
    if (run_.cause() != stop_cause::none) co_return;
    auto& plan = run_.plan();
    bool const again = kind == events::question::halted && answer.again;
    auto const hosts = again ? plan.may_run_again() : std::vector<std::size_t>();
    run_.question_answered({kind, plan.batches()[batch], run_.last_batch(), answer, run_.now() - asked, hosts});
    bool const ends_anyway = kind == events::question::halted && !plan.can_go_on();
    if (again)
        plan.run_again();
    else if (answer.passed || ends_anyway)
        plan.agreed();
    else
        run_.stop(cause_of(kind), {}, answer.reason);
}

}  // namespace muster
