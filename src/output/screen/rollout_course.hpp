// SPDX-License-Identifier: MIT
// Where a rollout stands: its batch, what it waits for, and who comes next.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <muster/event.hpp>

namespace muster::output {

/// Follows the events of a run. Of one without batches it knows only the delay of the next start.
class rollout_course {
  public:
    using steady = std::chrono::steady_clock;

    void follow(event const& event, steady::time_point now);

    bool in_batch() const noexcept { return batch_ != nullptr; }

    /// "batch 2 of 5, 10 hosts, soak 3 min 0 s left, next: web[13-25]"; empty: nothing of this is to be said.
    std::string words(steady::time_point now, std::string_view between = ", ") const;

  private:
    enum class wait { none, soak, gate, approval, answer };

    void begin(events::run_started const& run);
    std::string wait_in_words(steady::time_point now) const;
    std::string next_hosts() const;

    std::span<host_result const> hosts_;
    std::span<batch const> plan_;
    batch const* batch_ = nullptr;
    std::size_t count_ = 0;
    wait waits_for_ = wait::none;
    steady::time_point since_{};  ///< of the wait
    steady::time_point until_{};  ///< of the soak, and of a gate with a limit
    steady::time_point next_start_{};
};

}  // namespace muster::output
