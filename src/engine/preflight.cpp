// SPDX-License-Identifier: MIT
// Some workers that take one host after the other.
#include "engine/preflight.hpp"

#include <algorithm>
#include <cstddef>

#include <muster/coro/nursery.hpp>

#include "engine/run_host.hpp"

namespace muster {

namespace {

struct tally {
    std::size_t next = 0;
    std::size_t reached = 0;
};

asio::awaitable<void> try_hosts(run_state& run, tally& counts) {
    while (counts.next < run.args().endpoints.size() && run.cause() == stop_cause::none) {
        auto const host = counts.next++;
        bool const reached = co_await can_connect(run, host);
        if (reached) ++counts.reached;
    }
}

}  // namespace

asio::awaitable<void> preflight(run_state& run) {
    auto const hosts = run.args().endpoints.size();
    auto const fanout = run.args().options.fanout;
    tally counts;
    auto body = [&](coro::nursery& workers) -> asio::awaitable<void> {
        for (auto n = fanout == 0 ? hosts : std::min(fanout, hosts); n > 0; --n) workers.start(try_hosts(run, counts));
        co_return;
    };
    co_await coro::open_nursery(body);
    if (run.cause() == stop_cause::none) run.preflight_ended(counts.reached, *run.args().options.rollout.preflight);
}

}  // namespace muster
