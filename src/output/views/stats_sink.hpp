// SPDX-License-Identifier: MIT
// How long a run's stages took, and which hosts were the slowest.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <muster/sink.hpp>

#include "output/terminal/writer.hpp"

namespace muster::output {

/// Tells at the end of a run, in lines "muster: ...".
class stats_sink final : public sink {
  public:
    /// `into` must live longer.
    /// Without `connects` commands are sent as hosts start.
    stats_sink(writer& into, writer::target to, bool connects) : writer_(into), to_(to), connects_(connects) {}

    flow tell(event const& event) override;

  private:
    using steady = std::chrono::steady_clock;

    struct times {
        steady::time_point begun{};
        std::optional<std::chrono::nanoseconds> connecting;
        std::optional<std::chrono::nanoseconds> command;
    };

    void end(std::size_t index);
    void show();
    std::string stage_line(char const* name, std::optional<std::chrono::nanoseconds> times::*stage) const;
    std::string slowest_line() const;

    writer& writer_;
    writer::target to_;
    bool connects_;
    std::span<host_result const> hosts_;
    std::vector<times> times_;
};

}  // namespace muster::output
