// SPDX-License-Identifier: MIT
// The library without an event loop: library HOSTS COMMAND
#include <unistd.h>

#include <muster/muster.hpp>

int main(int count, char** words) {
    if (count != 3) return 2;
    muster::options options;
    options.halt.when = muster::halt_when::now;  // the first failure stops the others
    muster::views shown;
    shown.lines(STDOUT_FILENO, STDERR_FILENO).summary(STDERR_FILENO);

    auto const results = muster::run(muster::parse_hosts(words[1]), {words[2]}, options, shown);
    shown.close();
    return muster::exit_code(results);
}
