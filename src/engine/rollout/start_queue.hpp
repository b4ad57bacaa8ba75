// SPDX-License-Identifier: MIT
// The hosts of a batch that wait for their start, some of which hold others back.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

namespace muster {

/// Gives hosts in their order, but never more than a limit of one group at once: a host whose group is full is passed
/// over until one of the group has ended.
class start_queue {
  public:
    /// The number of each host's group; empty: no host holds another back.
    start_queue(std::vector<std::size_t> groups, std::size_t limit);

    /// The hosts of the next batch, when those of the last one have ended.
    void fill(std::vector<std::size_t> hosts);
    /// No host waits.
    bool empty() const noexcept { return left_ == 0; }
    /// The host that may start now; nothing: all that wait are held back.
    std::optional<std::size_t> take();
    /// A host that was taken has ended.
    void ended(std::size_t host);

  private:
    struct group {
        std::deque<std::size_t> waiting;  // places in hosts_
        std::size_t running = 0;
        bool offered = false;  // its first host is in ready_
    };

    void offer(group& from);

    std::vector<std::size_t> group_of_;
    std::size_t limit_;
    std::vector<std::size_t> hosts_;
    std::size_t left_ = 0;
    std::vector<group> groups_;
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready_;
};

}  // namespace muster
