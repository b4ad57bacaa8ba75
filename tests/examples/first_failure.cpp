// SPDX-License-Identifier: MIT
// Stop at the first failure, and an exception for each host that did not end well: first_failure HOSTS COMMAND
#include <iostream>

#include <muster/muster.hpp>

int main(int count, char** words) {
    if (count != 3) return 2;
    muster::options options;
    options.halt.when = muster::halt_when::now;

    auto const results = muster::run(muster::parse_hosts(words[1]), {words[2]}, options);
    try {
        muster::throw_if_failed(results);
        std::cout << "every host is ok\n";
    } catch (muster::coro::exception_group const& failures) {
        auto const rest = failures.split<muster::host_error>([](muster::host_error const& error) {
            std::cout << muster::sanitised(error.what());
            if (auto const status = error.command().status) std::cout << " (status " << *status << ")";
            if (error.command().fate == muster::command_fate::unknown) std::cout << ": it may still run";
            std::cout << "\n";
        });
        muster::coro::rethrow_rest(rest);
    }
    return muster::exit_code(results);
}
