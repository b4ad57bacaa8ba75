// SPDX-License-Identifier: MIT
// Compares what the keys have carried with what they may.
#include "ssh/connection/key_renewal.hpp"

#include <algorithm>

#include <muster/coro/time.hpp>

namespace muster::ssh {

using namespace std::chrono_literals;

key_renewal::key_renewal(rekey_limit const& limit, clock::time_point now)
    : bytes_(limit.bytes == 0 ? most_bytes : std::min(limit.bytes, most_bytes)),
      interval_(limit.interval),
      since_(now) {}

bool key_renewal::is_due(muster_keys const& in_use, clock::time_point now) {
    if (in_use.exchanges != exchanges_) {
        exchanges_ = in_use.exchanges;
        since_ = now;
    }
    if (in_use.packets == 0) return false;
    bool const old = interval_ > 0s && now >= coro::time_after(since_, interval_);
    return old || in_use.bytes >= bytes_ || in_use.packets >= most_packets;
}

key_renewal::clock::time_point key_renewal::next_look(clock::time_point now) const noexcept {
    auto const due = coro::time_after(since_, interval_);
    return interval_ > 0s && due > now ? due : clock::time_point::max();
}

}  // namespace muster::ssh
