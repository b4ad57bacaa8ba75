// SPDX-License-Identifier: MIT
// Where every host of a run stands, for a screen that is drawn again and again.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <muster/event.hpp>

#include "output/screen/rollout_course.hpp"

namespace muster::output {

enum class host_phase : unsigned char { waiting, connecting, running, ok, failed };

constexpr bool is_active(host_phase phase) noexcept {
    return phase == host_phase::connecting || phase == host_phase::running;
}

struct screen_host {
    host_phase phase = host_phase::waiting;
    stage where = stage::none;                            ///< running: the stage
    std::chrono::steady_clock::time_point since{};        ///< of the phase
    std::chrono::steady_clock::time_point last_output{};  ///< none: since
    std::string line;                                     ///< the last one it printed, as it came; the front of it
    bool open = false;                                    ///< the line has no end yet: a prompt, say
    bool returned = false;                                ///< a carriage return ends it: what comes overwrites it
    std::chrono::nanoseconds duration{};                  ///< of a host that has ended

    /// The line, harmless.
    std::string text() const;
};

/// Failed hosts with one cause.
struct failure_group {
    final_state state;
    std::string cause;   ///< as explain() has it
    bool ended_command;  ///< as is_command_end() has it
    std::vector<std::size_t> hosts;
};

/// Follows the events of a run. There are no hosts before and after it: what names them is valid only until run_ended.
class screen_state {
  public:
    using steady = std::chrono::steady_clock;

    void follow(event const& event, steady::time_point now);

    std::span<host_result const> labels;  ///< only the names of hosts may be read here
    std::size_t domain = 0;               ///< bytes that all names end in, as common_domain() has it
    std::vector<screen_host> hosts;
    std::vector<failure_group> failures;  ///< in order of appearance
    std::size_t waiting = 0;
    std::size_t active = 0;  ///< connecting or running
    std::size_t ok = 0;
    std::size_t failed = 0;
    std::size_t stopped = 0;
    std::size_t not_started = 0;
    bool stopping = false;
    rollout_course rollout;
    steady::time_point begun{};

    std::size_t done() const noexcept { return ok + failed + stopped + not_started; }

  private:
    std::size_t& count_of(final_state state) noexcept;
    void begin(events::run_started const& run, steady::time_point now);
    void move(std::size_t index, host_phase to, steady::time_point now);
    void run_at(std::size_t index, stage where, steady::time_point now);
    void start(events::host_started const& started, steady::time_point now);
    void end(events::host_ended const& ended, steady::time_point now);
    failure_group& failure_group_of(host_result const& result);
    void take(events::output const& output, steady::time_point now);

    std::optional<std::size_t> not_begun;  // the place in `failures` of the hosts that had no turn
};

}  // namespace muster::output
