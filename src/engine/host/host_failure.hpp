// SPDX-License-Identifier: MIT
// What the engine itself ends a host's life with.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <muster/report.hpp>

namespace muster {

/// Thrown inside the engine: the host ends in `state` because of `why`, which the engine has found out and the
/// transport has not. What a caller sees of it has the whole sentence.
class host_failure : public transport_error {
  public:
    host_failure(final_state state, muster::stage stage, remark why, std::string note = {})
        : transport_error(state, stage, error_message({&why, 1}, note)), why_(why), note_(std::move(note)) {}

    remark const& why() const noexcept { return why_; }
    std::string const& note() const noexcept { return note_; }  ///< what the transport says besides

  private:
    remark why_;
    std::string note_;
};

/// Thrown where a command was to be sent while the run is being stopped: nothing new starts.
struct run_is_stopping {};

/// Thrown into a job's coroutine that swallows its cancellation and goes on. No std::exception, so that it passes the
/// catch blocks for these.
struct cancellation_swallowed {};

/// Thrown where a transport has broken a rule of transport.hpp: no host's failure, but the end of the run.
struct transport_fault : std::logic_error {
    transport_fault(std::string const& host, std::string const& reason)
        : std::logic_error(host + ": the transport " + reason) {}
};

}  // namespace muster
