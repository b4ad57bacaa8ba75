// SPDX-License-Identifier: MIT
// Which host starts when: the plan of a run and its halt policy, as an object without a clock and without a loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <variant>
#include <vector>

#include <muster/options.hpp>
#include <muster/report.hpp>

#include "engine/rollout/start_queue.hpp"

namespace muster {

/// Asked what comes next whenever something has happened, and told what has: failures, ends, answers, a stop. Batch
/// after batch the hosts start in order, at most so many at once. When the failures reach the halt policy's threshold,
/// halts() is true until the run is stopped (with halt_when::ask the plan answers `ask` instead, with halt_when::batch
/// it answers `halt` when the batch has ended), and after a stop nothing starts. Without batches all hosts are one
/// batch of which no step but `start` tells.
///
/// The mistake: to ask again without doing what was answered. A start that was answered counts as a host that runs, and
/// a question is asked until it is answered.
class rollout {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Start this host now.
    struct start {
        std::size_t host;
    };
    /// Nothing can start before a host has ended, or before that time.
    struct wait {
        time_point until = time_point::max();
        bool is_delay = false;  ///< a host would start, but for the least time between two starts
    };
    /// The batch (its place in batches()) begins with the next start.
    struct begin {
        std::size_t batch;
    };
    /// Ask whether the batch may begin: agreed(), or a stop.
    struct approve {
        std::size_t batch;
    };
    /// Ask whether the run goes on in spite of its failures: agreed(), run_again(), or a stop. At least one of the
    /// first two changes something.
    struct ask {
        std::size_t batch;
    };
    /// Every host of the batch has ended; a pause of this length begins.
    struct soak {
        std::size_t batch;
        std::chrono::nanoseconds length;
    };
    /// Ask whether the batch passes: agreed(), or a stop.
    struct gate {
        std::size_t batch;
    };
    /// The batch has passed.
    struct pass {
        std::size_t batch;
    };
    /// No host of the batch ended `ok`: stop.
    struct fail {
        std::size_t batch;
    };
    /// The batch has ended, and its failures let no other begin, this host's at the latest: stop.
    struct halt {
        std::size_t culprit;
    };
    /// Nothing will start any more; after a stop hosts may still run.
    struct done {};
    using next_step = std::variant<start, wait, begin, approve, ask, soak, gate, pass, fail, halt, done>;

    /// Which questions have a gate that answers.
    struct questions {
        bool gate = false;
        bool approve = false;
        bool halted = false;  ///< without it halt_when::ask is halt_when::soon
    };

    rollout(std::size_t hosts, options const& options, questions const& asked);

    next_step next(time_point now);
    /// The answer to the last question is yes.
    void agreed();
    /// The answer to `ask` is that may_run_again() run once more, before anything else of the batch starts.
    void run_again();
    /// Hosts of the batch that failed, and whose command is known not to run, in the order of their starts.
    std::vector<std::size_t> may_run_again() const;
    /// Something is left to do besides, and the batch may let it be done.
    bool can_go_on() const noexcept {
        bool const may_pass = has_ok_ || !in_batches_;
        return !queue_.empty() || (may_pass && (!is_last() || asked_.gate));
    }
    /// A host is given up before it has started, and does not count as a failure; or it is not, after all.
    void leave_out(std::size_t host) { set_left_out(host, true); }
    void take_in(std::size_t host) { set_left_out(host, false); }
    /// What is known of a host by now: a failure counts once, when it is known, perhaps before the host has ended.
    void judge(std::size_t host, host_result const& so_far);
    /// A host that was started has ended like this.
    void ended(std::size_t host, host_result const& result);
    /// Every host that was started has ended, and nothing will start any more.
    bool over() const noexcept { return running_ == 0 && (stopped_ || position_ == batches_.size()); }
    /// The run is stopped, for whatever reason.
    void stop() noexcept { stopped_ = true; }

    /// The failures so far reach the threshold, and the run is not stopped yet.
    bool halts() const noexcept { return reached() && !asks_ && !ends_batch_ && !stopped_; }

    std::vector<batch> const& batches() const noexcept { return batches_; }
    /// The batch that comes next, runs, or waits for its gate; null: all have passed, or there are none.
    batch const* batch_at() const noexcept;
    /// The same as soon as it has begun.
    batch const* open_batch() const noexcept;

  private:
    enum class phase { opening, running, soaking, gating };

    bool reached() const noexcept { return step_ != 0 && failures_.size() >= accepted_ + step_; }
    bool is_last() const noexcept { return position_ + 1 == batches_.size(); }
    start_queue& queue() noexcept { return in_second_try_ ? second_queue_ : queue_; }
    void forget_failures(std::vector<std::size_t> const& of);
    void set_left_out(std::size_t host, bool is_out);
    void fill_queue();
    next_step next_opening(time_point now);
    next_step next_start(time_point now);
    next_step close(time_point now);
    next_step next_soaking(time_point now);
    next_step next_gating();

    std::size_t fanout_;
    std::chrono::nanoseconds delay_;
    questions asked_;
    halt_on counted_;
    bool asks_;
    bool ends_batch_;   // failures let the batch end before they act
    std::size_t step_;  // failures until the next halt; 0: there is none
    std::vector<batch> batches_;
    bool in_batches_;  // as the options say, not all in one
    start_queue queue_;
    start_queue second_queue_;  // of those that run again

    std::size_t position_ = 0;  // the batch
    phase phase_ = phase::opening;
    bool agreed_ = false;
    bool has_ok_ = false;  // a host of the batch
    time_point soak_end_{};
    time_point next_start_ = time_point::min();
    std::size_t running_ = 0;
    bool in_second_try_ = false;           // what runs comes from the second queue
    std::vector<std::size_t> failures_;    // hosts, in the order of their failures
    std::size_t accepted_ = 0;             // so many of the first of them
    std::vector<bool> failed_;             // those that have been counted, or never are
    std::vector<std::size_t> repeatable_;  // hosts of the batch that may run again, in the order of their ends
    std::vector<bool> left_out_;
    bool stopped_ = false;
};

}  // namespace muster
