// SPDX-License-Identifier: MIT
// See loop_probe.hpp.
#include "ssh/support/loop_probe.hpp"

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <muster/async_run.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/task.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/wait.hpp>

#include "support/heap.hpp"

namespace muster::test {

namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds processor_time() {
    timespec spent{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

asio::awaitable<void> watched_run(std::vector<endpoint> const& where, job const& job, options const& options,
                                  loop_probe& probe, report& results) {
    null_sink sink;
    coro::task<report> const run(async_run(where, job, options, sink));
    co_await coro::wait_any(run, probe.watch());
    results = run.result();
}

}  // namespace

asio::awaitable<void> loop_probe::watch() {
    auto const before = support::live_bytes();
    auto last = processor_time();
    for (;;) {
        co_await coro::sleep_for(1ms);
        auto const now = processor_time();
        longest = std::max(longest, now - last);
        most_memory = std::max(most_memory, support::live_bytes() - std::min(before, support::live_bytes()));
        last = processor_time();
    }
}

void note_turn(std::string const& what, loop_probe const& probe) {
    char const* const path = std::getenv("MUSTER_TURNS");
    if (path == nullptr) return;
    auto const spent = std::chrono::duration<double, std::milli>(probe.longest).count();
    std::ofstream(path, std::ios::app) << what << '\t' << spent << '\n';
}

report run_probed(std::vector<endpoint> const& where, options const& options, loop_probe& probe, job const& job) {
    report results;
    coro::run(watched_run(where, job, options, probe, results));
    return results;
}

}  // namespace muster::test
