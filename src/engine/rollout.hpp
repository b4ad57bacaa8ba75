// SPDX-License-Identifier: MIT
// Which host starts when: the plan of a run and its halt policy, as an object without a clock and without a loop.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include <muster/options.hpp>
#include <muster/report.hpp>

namespace muster {

/// Asked what comes next whenever there is a place for a host, and told what has happened: failures, ends, a stop.
/// Hosts start in input order, at most so many at once; when the failures reach the halt policy's threshold, halts() is
/// true until the run is stopped, and after a stop nothing starts.
///
/// The mistake: to ask again without doing what was answered. A start that was answered counts as a host that runs.
class rollout {
  public:
    /// Start this host now.
    struct start {
        std::size_t host;
    };
    /// Nothing can start before a host has ended.
    struct wait {};
    /// Nothing will start any more; hosts may still run.
    struct done {};
    using next_step = std::variant<start, wait, done>;

    /// `fanout` is how many hosts may run at once; 0: all.
    rollout(std::size_t hosts, std::size_t fanout, halt_policy const& policy);

    next_step next();
    /// What is known of a host by now: a failure counts once, when it is known, perhaps before the host has ended.
    void judge(std::size_t host, host_result const& so_far);
    /// A host that was started has ended like this.
    void ended(std::size_t host, host_result const& result);
    /// Every host that was started has ended, and nothing will start any more.
    bool over() const noexcept { return running_ == 0 && !left(); }
    /// The run is stopped, for whatever reason.
    void stop() noexcept { stopped_ = true; }

    /// The failures so far reach the threshold, and the run is not stopped yet.
    bool halts() const noexcept { return threshold_ != 0 && failures_ >= threshold_ && !stopped_; }

  private:
    bool left() const noexcept { return started_ < hosts_ && !stopped_; }

    std::size_t hosts_;
    std::size_t fanout_;
    halt_on counted_;
    std::size_t threshold_;  // 0: none
    std::size_t started_ = 0;
    std::size_t running_ = 0;
    std::size_t failures_ = 0;
    std::vector<bool> failed_;  // those that have been counted
    bool stopped_ = false;
};

}  // namespace muster
