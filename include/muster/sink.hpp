// SPDX-License-Identifier: MIT
// The seam that is told what happens in a run.
#pragma once

#include <muster/event.hpp>

namespace muster {

/// A sink's answer to an event.
enum class flow {
    go_on,
    full,  ///< no more output, please, until run_started::resume was called; see sink for a stop
};

/// Told every event of a run, on the loop's thread, one call at a time. `tell` must not block. What it is told it has
/// taken, also when it answers `full`: then the engine stops reading the hosts' channels, which closes their SSH
/// windows and in the end stops the remote writers. A stop waits for no sink: what its commands and always_steps still
/// print is told also to a full one, up to 8 MiB of all hosts; the rest is dropped and host_result::truncated set. An
/// exception out of `tell` (a write error) stops the run and comes
/// out of it as run_error.
class sink {
  public:
    virtual flow tell(event const& event) = 0;

    sink() = default;
    sink(sink const&) = delete;
    sink& operator=(sink const&) = delete;
    virtual ~sink() = default;
};

/// A sink that keeps nothing: for callers who only want the report.
class null_sink final : public sink {
  public:
    flow tell(event const&) override { return flow::go_on; }
};

}  // namespace muster
