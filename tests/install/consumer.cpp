// SPDX-License-Identifier: MIT
// Somebody else's program: links the installed library and tries a port of this machine on which nobody listens.
#include <cstdlib>
#include <iostream>

#include <muster/muster.hpp>

int main() {
    muster::endpoint where;
    where.label = "nobody";
    where.name = where.address = "127.0.0.1";
    where.port = 1;
    where.user = "nobody";

    muster::null_sink told;
    auto const results = muster::run({where}, {"true"}, {}, told);
    auto const& host = results.hosts.at(0);
    std::cout << host.host << ": " << error_message(host) << "\n";
    return host.state == muster::final_state::unreachable ? EXIT_SUCCESS : EXIT_FAILURE;
}
