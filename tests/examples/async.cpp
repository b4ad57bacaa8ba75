// SPDX-License-Identifier: MIT
// The library inside a caller's event loop, two fleets at once: async HOSTS HOSTS COMMAND
#include <exception>
#include <iostream>
#include <string>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <muster/async_run.hpp>
#include <muster/run.hpp>
#include <muster/views.hpp>

namespace {

asio::awaitable<void> show(std::string pattern, std::string command) {
    auto const endpoints = muster::resolve(muster::parse_hosts(pattern));
    muster::job const job{command};
    muster::options const options;
    muster::null_sink sink;

    auto const results = co_await muster::async_run(endpoints, job, options, sink);
    std::cout << pattern << ": " << results.count(muster::final_state::ok) << " ok\n";
    auto const failures = muster::exceptions(results);
    for (auto const& failure : failures.exceptions()) {
        try {
            std::rethrow_exception(failure);
        } catch (muster::host_error const& error) {
            std::cout << muster::sanitised(error.what()) << "\n";
        }
    }
}

void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) return 2;
    asio::io_context loop;
    asio::co_spawn(loop, show(words[1], words[3]), rethrow);
    asio::co_spawn(loop, show(words[2], words[3]), rethrow);
    loop.run();
}
