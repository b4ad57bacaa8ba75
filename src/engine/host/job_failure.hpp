// SPDX-License-Identifier: MIT
// What a job's own code throws, as the end of its host.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <muster/outcome.hpp>
#include <muster/report.hpp>

namespace muster {

/// The host ends so because of `cause`, which the caller's code has thrown.
class job_failure : public step_failed {
  public:
    job_failure(final_state state, muster::stage stage, std::string const& reason, std::exception_ptr cause)
        : step_failed(state, stage, reason), cause_(std::move(cause)) {}

    std::exception_ptr const& cause() const noexcept { return cause_; }

  private:
    std::exception_ptr cause_;
};

/// What the host ends with whose job's code let `thrown` out: that itself, where the engine has thrown it into the job,
/// perhaps in a group; else a job_failure at that stage. `asked`: a cancellation is the engine's.
std::exception_ptr end_by_job(std::exception_ptr const& thrown, stage at, host_result const& host, bool asked);

}  // namespace muster
