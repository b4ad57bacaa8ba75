// SPDX-License-Identifier: MIT
// muster inside a shared object that a program loads.
#include <muster/muster.hpp>

extern "C" int ends_unreachable() {
    muster::endpoint host;
    host.label = host.name = host.address = "127.0.0.1";
    host.port = 1;
    host.user = "nobody";
    muster::null_sink told;
    return muster::run({host}, {"true"}, {}, told).count(muster::final_state::unreachable) == 1 ? 0 : 1;
}
