// SPDX-License-Identifier: MIT
// When each batch of a rollout ran, and when it waited, for the page.
#pragma once

#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include <muster/event.hpp>

#include "output/page/page_timeline.hpp"

namespace muster::output {

/// Follows the events of a run; one without batches has no bands.
class run_bands {
  public:
    /// `now` is the time since the run began.
    void follow(event const& event, std::chrono::nanoseconds now);
    /// All of them; what has not ended ends now.
    std::vector<page_band> finish(std::chrono::nanoseconds now);

  private:
    void open(std::string label, bool waits, std::chrono::nanoseconds now);
    void say(std::string_view line);
    void close(std::chrono::nanoseconds now);

    std::span<host_result const> hosts_;
    std::vector<page_band> bands_;
    bool open_ = false;
};

}  // namespace muster::output
