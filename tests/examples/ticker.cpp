// SPDX-License-Identifier: MIT
// A run beside the caller's own work on one loop: ticker HOSTS COMMAND
#include <chrono>
#include <iostream>
#include <string>

#include <muster/async_run.hpp>
#include <muster/coro/coro.hpp>
#include <muster/run.hpp>

namespace {

namespace coro = muster::coro;

coro::awaitable<void> tick(int& ticks) {
    for (;;) {
        co_await coro::sleep_for(std::chrono::milliseconds(100));
        ++ticks;
    }
}

coro::awaitable<int> run_with_ticker(std::string hosts, std::string command) {
    auto const endpoints = muster::resolve(muster::parse_hosts(hosts));
    muster::job const job{command};
    muster::options const options;
    muster::null_sink sink;
    int ticks = 0;
    auto const [background, run] =
        co_await coro::run_as_daemon(tick(ticks), muster::async_run(endpoints, job, options, sink));
    std::cout << run.result().count(muster::final_state::ok) << " ok, " << (ticks > 0 ? "ticking" : "silent") << "\n";
    co_return muster::exit_code(run.result());
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) return 2;
    return coro::run(run_with_ticker, words[1], words[2]);
}
