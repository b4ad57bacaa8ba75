// SPDX-License-Identifier: MIT
// See fleet.hpp.
#include "fleet.hpp"

#include "engine/fan_out.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <muster/coro/nursery.hpp>
#include <muster/coro/time.hpp>

namespace engine_test {

namespace {

struct describer {
    told_event operator()(muster::events::run_started const&) const { return {{}, "run_started", 0, {}}; }
    told_event operator()(muster::events::host_started const& e) const { return {{}, "host_started", e.index, {}}; }
    told_event operator()(muster::events::host_retried const& e) const {
        return {{}, "host_retried", e.index, std::string(to_string(e.stage))};
    }
    told_event operator()(muster::events::host_lingers const& e) const { return {{}, "host_lingers", e.index, {}}; }
    told_event operator()(muster::events::command_sent const& e) const { return {{}, "command_sent", e.index, {}}; }
    told_event operator()(muster::events::step_started const& e) const {
        return {{}, "step_started", e.index, std::string(to_string(e.stage))};
    }
    told_event operator()(muster::events::step_done const& e) const {
        return {{}, "step_done", e.index, std::string(to_string(e.stage))};
    }
    told_event operator()(muster::events::output const& e) const {
        return {{}, "output", e.index, std::string(e.bytes)};
    }
    told_event operator()(muster::events::start_delayed const&) const { return {{}, "start_delayed", 0, {}}; }
    told_event operator()(muster::events::batch_started const& e) const {
        return {{}, "batch_started", e.what.number, {}};
    }
    told_event operator()(muster::events::soaking const& e) const { return {{}, "soaking", e.what.number, {}}; }
    told_event operator()(muster::events::question_asked const& e) const {
        return {{}, "question_asked", e.what.number, std::string(to_string(e.kind))};
    }
    told_event operator()(muster::events::local_line const& e) const {
        return {{}, "local_line", e.batch, std::string(e.text)};
    }
    told_event operator()(muster::events::question_answered const& e) const {
        return {{}, "question_answered", e.what.number, e.answer.passed ? "yes" : "no"};
    }
    told_event operator()(muster::events::batch_ended const& e) const {
        return {{}, "batch_ended", e.what.number, e.passed ? "passed" : "not passed"};
    }
    told_event operator()(muster::events::preflight_ended const& e) const {
        return {{}, "preflight_ended", e.reached, {}};
    }
    told_event operator()(muster::events::stopping const& e) const {
        return {{}, "stopping", e.running, std::string(to_string(e.cause)), e.soon};
    }
    told_event operator()(muster::events::host_ended const& e) const {
        return {{}, "host_ended", e.index, std::string(to_string(e.result.state))};
    }
    told_event operator()(muster::events::run_ended const&) const { return {{}, "run_ended", 0, {}}; }
};

bool of_a_host(told_event const& event) {
    return event.kind == "host_started" || event.kind == "command_sent" || event.kind == "output" ||
           event.kind == "host_ended";
}

bool was_asked(std::string const& story, std::string const& what) {
    return story.find(what) != std::string::npos;
}

/// What a final state says about the command.
bool state_fits(host_result const& host) {
    switch (host.state) {
        case final_state::ok:
        case final_state::failed:
        case final_state::signalled:
            return host.command == command_fate::ended ||
                   error_message(host).find("may still run") != std::string::npos;
        case final_state::unreachable:
        case final_state::host_key:
        case final_state::auth:
        case final_state::refused:
        case final_state::not_started:
            return host.command == command_fate::not_sent;
        case final_state::lost:
        case final_state::no_status:
        case final_state::stopped:
            return host.command != command_fate::not_sent;
        case final_state::timed_out:
            return true;
    }
    return false;
}

/// The order in which one host's events must come, as a pattern over its story.
bool story_fits(std::string story, host_result const& host) {
    while (was_asked(story, " output")) story.erase(story.find(" output"), 7);
    if (story == "host_ended") return host.state == final_state::not_started;
    if (story == "host_started host_ended") return host.command == command_fate::not_sent;
    return story == "host_started command_sent host_ended";
}

std::string broken_by_host(std::string const& label, host_result const& host, std::string const& asked,
                           std::string const& said) {
    std::string broken;
    if (host.host != label) broken += " is not in its place;";
    if (!state_fits(host)) broken += " is " + outcome(host) + ";";
    if (!story_fits(said, host)) broken += " told: " + said + ";";
    if (was_asked(asked, "exec") && !was_asked(said, "command_sent")) broken += " exec was not announced;";
    if (was_asked(asked, "exec") && host.command == command_fate::not_sent && host.state != final_state::refused) {
        broken += " exec went out for " + outcome(host) + ";";
    }
    if (asked.find("exec") != asked.rfind("exec")) broken += " exec went out twice;";
    return broken.empty() ? broken : host.host + broken + "\n";
}

std::string broken_by_history(std::vector<told_event> const& history) {
    std::string broken;
    if (history.front().kind != "run_started") broken += "the first event is " + history.front().kind + "\n";
    if (history.back().kind != "run_ended") broken += "the last event is " + history.back().kind + "\n";
    auto const stopping = std::ranges::find(history, "stopping", &told_event::kind);
    for (auto const& event : history) {
        bool const early = event.kind == "host_ended" && (event.text == "stopped" || event.text == "not_started");
        if (early && (stopping == history.end() || &event < &*stopping)) broken += "a stop before `stopping`\n";
    }
    return broken;
}

coro::awaitable<void> cancel_later(coro::task<report> run, coro::duration when, unsigned turns) {
    co_await coro::sleep_for(when);
    for (; turns > 0; --turns) co_await coro::sleep_for(0s);
    run.cancel();
}

}  // namespace

std::string outcome(host_result const& host) {
    return std::string(to_string(host.state)) + "/" + std::string(to_string(host.command));
}

muster::flow recorder::tell(muster::event const& what) {
    if (auto const* const started = std::get_if<muster::events::run_started>(&what)) resume = started->resume;
    auto event = std::visit(describer(), what);
    event.when = coro::now(loop_);
    history.push_back(event);
    return reaction ? reaction(event) : muster::flow::go_on;
}

std::size_t recorder::count(std::string const& kind) const {
    return static_cast<std::size_t>(std::ranges::count(history, kind, &told_event::kind));
}

told_event const& recorder::first(std::string const& kind) const {
    auto const found = std::ranges::find(history, kind, &told_event::kind);
    if (found == history.end()) throw std::out_of_range("no event " + kind);
    return *found;
}

std::vector<std::string> recorder::stories(std::size_t hosts) const {
    std::vector<std::string> stories(hosts);
    for (auto const& event : history) {
        if (!of_a_host(event)) continue;
        auto& story = stories.at(event.index);
        story += (story.empty() ? "" : " ") + event.kind;
    }
    return stories;
}

fleet::fleet(std::size_t size, support::virtual_loop* shared)
    : loop(shared != nullptr ? *shared : own_), told(loop.executor()) {
    for (std::size_t n = 0; n < size; ++n) {
        auto& endpoint = where.emplace_back();
        endpoint.label = "h" + std::to_string(n);
        endpoint.address = "10.0.0." + std::to_string(n);
        endpoint.user = "someone";
    }
}

void fleet::all(support::host_script const& script) {
    for (auto const& endpoint : where) hosts[endpoint.label] = script;
}

void fleet::halt(muster::halt_when when, double fail, bool percent) {
    how.halt.when = when;
    how.halt.fail = fail;
    how.halt.percent = percent;
}

coro::awaitable<report> fleet::running() {
    muster::run_arguments const args{where, {&work, 1}, how, told, hosts, &abort};
    co_return co_await muster::fan_out(args);
}

coro::awaitable<report> fleet::cancelled_by(std::function<coro::awaitable<void>(coro::task<report>)> canceller) {
    coro::task<report> const run(running(), "run");
    co_await coro::open_nursery(
        [&](coro::nursery& both) -> coro::awaitable<void> {
            both.start(canceller(run), coro::daemon);
            both.start(run);
            co_await run.join();
            (void)run.exception();  // it comes out below
        },
        coro::on_error::keep_going);
    co_return std::move(run.result());
}

report fleet::run_and_cancel(coro::duration when, unsigned turns) {
    auto const canceller = [&](coro::task<report> run) { return cancel_later(run, when, turns); };
    return loop.run(cancelled_by(canceller));
}

report fleet::run_and_abort(coro::duration first, coro::duration second) {
    auto const canceller = [&](coro::task<report> run) -> coro::awaitable<void> {
        co_await coro::sleep_for(first);
        run.cancel();
        co_await coro::sleep_for(second - first);
        abort.set();
    };
    return loop.run(cancelled_by(canceller));
}

report fleet::run_and_cancel_at_event(std::size_t n) {
    auto const canceller = [&](coro::task<report> run) -> coro::awaitable<void> {
        told.reaction = [this, n, run](told_event const&) {
            if (told.history.size() == n + 1) run.cancel();
            return muster::flow::go_on;
        };
        co_return;
    };
    auto results = loop.run(cancelled_by(canceller));
    told.reaction = {};
    return results;
}

std::string fleet::broken_rules(report const& results) const {
    if (results.hosts.size() != where.size()) return "hosts are missing\n";
    auto broken = broken_by_history(told.history);
    auto const said = told.stories(where.size());
    for (std::size_t n = 0; n < where.size(); ++n) {
        broken += broken_by_host(where[n].label, results.hosts[n], story(n), said[n]);
    }
    if (hosts.open() != 0) broken += "connections are open\n";
    if (how.fanout != 0 && hosts.most_open() > how.fanout) broken += "more connections than the fan-out\n";
    if (told.count("stopping") > 1) broken += "more than one stop\n";
    if ((told.count("stopping") == 1) != (results.cause != stop_cause::none)) broken += "the cause was not told\n";
    return broken;
}

}  // namespace engine_test
