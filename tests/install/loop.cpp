// SPDX-License-Identifier: MIT
// A run in the caller's loop, and coroutines of the caller's own beside it: the headers that need Asio.
#include <cstdlib>
#include <iostream>
#include <vector>

#include <muster/async_run.hpp>
#include <muster/coro/coro.hpp>

namespace {

namespace coro = muster::coro;

coro::awaitable<bool> go() {
    muster::endpoint host;
    host.label = host.name = host.address = "127.0.0.1";
    host.port = 1;
    host.user = "nobody";
    std::vector<muster::endpoint> const where{host};
    muster::job const work{"true"};
    muster::options const how;
    muster::null_sink told;
    auto const [ticks, run] =
        co_await coro::run_as_daemon(coro::sleep_for(std::chrono::hours(1)), muster::async_run(where, work, how, told));
    auto const& result = run.result().hosts.at(0);
    std::cout << result.host << ": " << error_message(result) << "\n";
    co_return ticks.cancelled() && result.state == muster::final_state::unreachable;
}

}  // namespace

int main() {
    return coro::run(go) ? EXIT_SUCCESS : EXIT_FAILURE;
}
