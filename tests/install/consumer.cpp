// SPDX-License-Identifier: MIT
// Somebody else's program: links the installed library, makes a directory ready to be pushed, and tries a port of this
// machine on which nobody listens.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include <muster/copy.hpp>
#include <muster/muster.hpp>

namespace {
bool can_make_tar() {
    char folder[] = "/tmp/muster-consumer.XXXXXX";
    if (::mkdtemp(folder) == nullptr) return false;
    muster::push_source const source(folder);
    ::rmdir(folder);
    return source.content()->directory && source.content()->size > 0;
}
}  // namespace

int main() {
    if (!can_make_tar()) return EXIT_FAILURE;
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
