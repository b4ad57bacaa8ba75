// SPDX-License-Identifier: MIT
// Counts the hosts that run and that have failed, and answers what comes next.
#include "engine/rollout.hpp"

#include "engine/halt.hpp"

namespace muster {

rollout::rollout(std::size_t hosts, std::size_t fanout, halt_policy const& policy)
    : hosts_(hosts),
      fanout_(fanout == 0 ? hosts : fanout),
      counted_(policy.counted),
      threshold_(halt_threshold(policy, hosts)),
      failed_(hosts, false) {}

rollout::next_step rollout::next() {
    if (!left()) return done{};
    if (running_ == fanout_) return wait{};
    ++running_;
    return start{started_++};
}

void rollout::judge(std::size_t host, host_result const& so_far) {
    if (failed_[host] || !counts_as_failure(so_far, counted_)) return;
    failed_[host] = true;
    ++failures_;
}

void rollout::ended(std::size_t host, host_result const& result) {
    --running_;
    judge(host, result);
}

}  // namespace muster
