// SPDX-License-Identifier: MIT
// The library without an event loop: library HOSTS COMMAND
#include <iostream>

#include <muster/muster.hpp>

int main(int count, char** words) {
    if (count != 3) return 2;
    muster::options how;
    how.halt.when = muster::halt_when::now;  // the first failure stops the others

    auto const results = muster::run(muster::parse_hosts(words[1]), {words[2]}, how);
    for (auto const& host : results.hosts) {
        std::cout << host.host << " " << to_string(host.state) << ": " << host.error << "\n" << host.out;
    }
    return muster::exit_code(results);
}
