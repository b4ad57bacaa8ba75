// SPDX-License-Identifier: MIT
// A host that runs once more: where it begins, and what stays of its first try.
#pragma once

#include <cstddef>
#include <utility>

#include <muster/job.hpp>
#include <muster/report.hpp>

namespace muster {

/// Lives from the begin of the second try to its end.
class second_try {
  public:
    /// `first_step` is where the first try began.
    second_try(host_result first_try, job const& job, std::size_t first_step);

    /// Its place in the job's steps: as a resume has it, behind a command that ended well where what followed was cut
    /// short, else the first one.
    std::size_t first_step() const noexcept { return first_step_; }
    /// No result says that a command which ran in the first try was never sent. One that was not begun leaves that of
    /// the first try as it was.
    void complete(host_result& result);

  private:
    host_result first_try_;
    std::size_t first_step_;
};

/// The name stays untouched: views read it meanwhile, on the writer's thread.
void swap_all_but_name(host_result& one, host_result& other);

/// The host's own command, or a script in its place.
bool is_command(job_step const& step) noexcept;

}  // namespace muster
