// SPDX-License-Identifier: MIT
// A job as a coroutine: it reads one result before the next command, and talks with a command while that runs:
// dialogue HOSTS
#include <iostream>
#include <optional>
#include <string>

#include <muster/async_run.hpp>
#include <muster/coro/runner.hpp>
#include <muster/remote.hpp>
#include <muster/run.hpp>
#include <muster/views.hpp>

namespace {

/// Asks a calculator on the host for squares, each made of the answer before it.
asio::awaitable<void> calculate(muster::dialogue& calculator) {
    std::string number = "3";
    for (int round = 0; round < 3; ++round) {
        co_await calculator.write(number + "\n");
        auto const answer = co_await calculator.line();
        if (!answer) co_return;
        number = *answer;
    }
    std::cout << "3 to the 8th is " << muster::sanitised(number) << "\n";
}

asio::awaitable<void> work(muster::remote& host) {
    auto const kind = co_await host.ask(muster::step{"test -d /proc/self"});
    std::cout << host.label() << (kind.ok() ? " has" : " has no") << " /proc\n";
    co_await host.talk(muster::step{"while read n; do echo $((n * n)); done"}, calculate);
    if (kind.ok()) co_await host.run(muster::step{"cat /proc/self/comm"});
}

asio::awaitable<muster::report> run_all(std::string pattern) {
    auto const endpoints = muster::resolve(muster::parse_hosts(pattern));
    auto const job = muster::job_of(work);
    muster::options const options;
    muster::null_sink sink;
    co_return co_await muster::async_run(endpoints, job, options, sink);
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    auto const results = muster::coro::run(run_all(words[1]));
    for (auto const& host : results.hosts)
        std::cout << to_string(host.state) << ": " << muster::sanitised(host.out.substr(0, host.out.find('\n')))
                  << "\n";
    return muster::exit_code(results);
}
