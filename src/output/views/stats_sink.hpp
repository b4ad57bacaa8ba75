// SPDX-License-Identifier: MIT
// How long a run's stages took, and which hosts were the slowest.
#pragma once

#include <muster/sink.hpp>

#include "output/terminal/writer.hpp"

namespace muster::output {

/// Tells at the end of a run, in lines "muster: ...", one for each stage that took a millisecond somewhere.
class stats_sink final : public sink {
  public:
    /// `into` must live longer.
    stats_sink(writer& into, writer::target to) : writer_(into), to_(to) {}

    flow tell(event const& event) override;

  private:
    writer& writer_;
    writer::target to_;
};

}  // namespace muster::output
