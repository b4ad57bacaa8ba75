// SPDX-License-Identifier: MIT
// Which process groups have a living process: a look into /proc that many may share.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <set>

namespace muster::process {

/// Asking costs one pass over /proc, unless the last pass began after the moment the question is about. Zombies don't
/// count as living, even those whose parent never waits for them. A pass goes up by process number, so that it meets
/// the child of a process that forks and ends meanwhile. No more than a tenth of the time goes into passes: a thousand
/// who ask again and again share the next one. Not thread-safe.
class groups {
  public:
    using clock = std::chrono::steady_clock;

    /// Whether `group` may have had a living member at or after `moment`. True, too, when /proc cannot be read, or when
    /// it is too early for another pass: ask again later.
    bool may_live(pid_t group, clock::time_point moment);

    /// After which a pass tells something new.
    clock::time_point last_pass() const noexcept { return looked_; }

  private:
    void look();

    clock::time_point looked_ = clock::time_point::min();
    clock::time_point next_ = clock::time_point::min();  // no pass before
    bool complete_ = false;
    std::set<pid_t> living_;
};

}  // namespace muster::process
