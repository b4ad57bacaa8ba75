// SPDX-License-Identifier: MIT
// Lets endpoints share settings that are equal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <muster/endpoint.hpp>

namespace muster::ssh_config {

/// Remembers a few settings that were met last: the hosts of a list mostly have those of a neighbour, and where each
/// host has its own there is nothing to find.
class settings_pool {
  public:
    void share(shared_settings& settings) {
        auto const known = std::ranges::find(recent_, settings);
        if (known != recent_.end()) {
            settings = *known;
        } else if (recent_.size() < most) {
            recent_.push_back(settings);
        } else {
            recent_[next_++ % most] = settings;
        }
    }

  private:
    static constexpr std::size_t most = 8;

    std::vector<shared_settings> recent_;
    std::size_t next_ = 0;
};

}  // namespace muster::ssh_config
