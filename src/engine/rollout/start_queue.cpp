// SPDX-License-Identifier: MIT
// One list of waiting hosts a group, and a heap of those that head a list whose group has room.
#include "engine/rollout/start_queue.hpp"

#include <algorithm>
#include <utility>

namespace muster {

start_queue::start_queue(std::vector<std::size_t> groups, std::size_t limit)
    : group_of_(std::move(groups)), limit_(limit) {
    if (!group_of_.empty()) groups_.resize(*std::ranges::max_element(group_of_) + 1);
}

void start_queue::fill(std::vector<std::size_t> hosts) {
    hosts_ = std::move(hosts);
    left_ = hosts_.size();
    if (group_of_.empty()) return;
    for (std::size_t place = 0; place < hosts_.size(); ++place)
        groups_[group_of_[hosts_[place]]].waiting.push_back(place);
    for (auto& each : groups_) offer(each);
}

std::optional<std::size_t> start_queue::take() {
    if (group_of_.empty()) return hosts_[hosts_.size() - left_--];
    if (ready_.empty()) return std::nullopt;
    auto const host = hosts_[ready_.top()];
    ready_.pop();
    auto& from = groups_[group_of_[host]];
    from.waiting.pop_front();
    from.offered = false;
    ++from.running;
    --left_;
    offer(from);
    return host;
}

void start_queue::ended(std::size_t host) {
    if (group_of_.empty()) return;
    auto& from = groups_[group_of_[host]];
    --from.running;
    offer(from);
}

void start_queue::offer(group& from) {
    if (from.offered || from.waiting.empty() || from.running >= limit_) return;
    ready_.push(from.waiting.front());
    from.offered = true;
}

}  // namespace muster
