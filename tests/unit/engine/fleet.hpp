// SPDX-License-Identifier: MIT
// A fleet of scripted hosts, a sink that remembers everything, and the rules that every run must keep.
#pragma once

#include "support/fake_transport.hpp"
#include "support/virtual_loop.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <muster/coro/event.hpp>
#include <muster/endpoint.hpp>
#include <muster/job.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>
#include <muster/sink.hpp>

namespace engine_test {

using namespace std::chrono_literals;
namespace coro = muster::coro;
using muster::command_fate;
using muster::final_state;
using muster::host_result;
using muster::report;
using muster::stage;
using muster::stop_cause;
using support::ending;
using support::exec_answer;
using support::forever_long;

/// One event, as far as tests look at it.
struct told_event {
    coro::time_point when;
    std::string kind;       ///< its name in muster::events
    std::size_t index = 0;  ///< of the host; of `stopping`: how many commands run
    std::string text;       ///< output's bytes, the final state, the cause
    bool soon = false;
};

/// Remembers every event. `reaction`, where set, is the answer to it, and may throw.
class recorder final : public muster::sink {
  public:
    explicit recorder(coro::executor loop) : loop_(std::move(loop)) {}
    muster::flow tell(muster::event const& what) override;

    std::size_t count(std::string const& kind) const;
    /// The first of that kind; there must be one.
    told_event const& first(std::string const& kind) const;
    /// What was said of each host: "host_started command_sent output host_ended".
    std::vector<std::string> stories(std::size_t hosts) const;

    std::vector<told_event> history;
    std::function<muster::flow(told_event const&)> reaction;
    std::function<void()> resume;

  private:
    coro::executor loop_;
};

class fleet {
  public:
    /// Hosts h0, h1, ... on a loop of its own, or on another's.
    explicit fleet(std::size_t hosts, support::virtual_loop* shared = nullptr);

    support::host_script& operator[](std::size_t index) { return hosts[where[index].label]; }
    void all(support::host_script const& script);
    void halt(muster::halt_when when, double fail = 1, bool percent = false);
    std::string story(std::size_t index) const { return hosts.story(where[index].label); }
    coro::duration elapsed() const { return loop.elapsed(); }

    /// The run as a coroutine, and run in virtual time.
    coro::awaitable<report> running();
    report run() { return loop.run(running()); }
    /// Cancelled from outside at that time, after so many further turns of the loop.
    report run_and_cancel(coro::duration when, unsigned turns = 0);
    /// Cancelled from inside of the n-th event's tell (from 0).
    report run_and_cancel_at_event(std::size_t n);
    /// Cancelled at `first`; the stop is cut short at `second`.
    report run_and_abort(coro::duration first, coro::duration second);

    /// What is wrong with the outcome of a run: empty when all rules are kept.
    std::string broken_rules(report const& results) const;

  private:
    support::virtual_loop own_;
    coro::awaitable<report> cancelled_by(std::function<coro::awaitable<void>(coro::task<report>)> canceller);

  public:
    support::virtual_loop& loop;
    std::vector<muster::endpoint> where;
    muster::job work{"true"};
    muster::options how;
    recorder told;
    support::fake_transport hosts;
    coro::event abort;
};

/// "ok/ended", "timed_out/unknown": the state and what is known of the command.
std::string outcome(host_result const& host);

}  // namespace engine_test
