// SPDX-License-Identifier: MIT
// The plan of a rollout: the hosts of a run in batches, and what comes between one batch and the next.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace muster {

/// How many hosts a batch has.
struct batch_size {
    double hosts = 1;      ///< a whole number, or, with `percent`, a share of all targets of the run
    bool percent = false;  ///< rounded down, and at least 1
};

/// Hosts that run together. The next batch begins when each of them has ended and the batch has passed: at least one
/// ended `ok`, the pause is over, and the gate has agreed.
struct batch {
    std::size_t number = 1;               ///< from 1; the last one's is the number of batches
    std::vector<std::size_t> hosts = {};  ///< indexes of the run's endpoints, in the order of their start
    std::chrono::nanoseconds soak{};      ///< the pause after it; not after the last one, unless there is a gate
    std::vector<std::string>
        done{};  ///< hosts of the batch that ended `ok` in an earlier run, which this one continues
    std::vector<std::string> left_out{};  ///< likewise that may still run from there, and do not run now
    bool begun = false;                   ///< in that earlier run: it needs no approval any more
};

/// Cuts hosts 0, 1, ... into batches of these sizes, of which the last one repeats; the last batch may be smaller.
/// `together`, where not empty, has the number of each host's group: then every batch has hosts of one group only, in
/// the order in which the groups appear, and within each group the sizes start anew; without sizes a group is a batch.
/// Throws std::invalid_argument for a size that is no number over 0, or a share over 100 %.
std::vector<batch> cut_into_batches(std::size_t hosts, std::span<batch_size const> sizes,
                                    std::span<std::size_t const> together = {});

struct host_result;
struct rollout_hooks;

/// How the hosts of a run take their turns beyond `options::fanout`.
struct rollout_options {
    std::vector<batch> batches = {};      ///< every host in exactly one; empty: no batches, and nothing between them
    std::size_t done = 0;                 ///< hosts that ended `ok` in an earlier run, for the counts that hooks get
    std::chrono::nanoseconds delay{};     ///< the least time between the starts of two hosts
    std::vector<std::size_t> apart = {};  ///< the number of each host's group, from 0; empty: no groups
    std::size_t apart_limit = 1;          ///< so many hosts of one group at once, at most
    /// Before anything else every host is connected to and the connection closed; this many must be logged in to, or
    /// the run ends and nothing was sent. A host that was not is not tried again, and is no failure for the halt
    /// policy.
    std::optional<std::size_t> preflight = {};
    /// Over 0: the command reboots its host. That the connection breaks is no failure; the host is connected to again
    /// and again until it has booted anew, for so long. The steps behind the command follow on the new connection.
    std::chrono::nanoseconds expect_reboot{};
    std::shared_ptr<rollout_hooks const> hooks = {};  ///< gates and the like; null: none
};

/// What a gate answers.
struct verdict {
    bool passed = true;              ///< of no meaning with `again`
    std::string reason = {};         ///< why not, for the user
    std::optional<int> status = {};  ///< of a program that was asked
    std::string by = {};             ///< who agreed, where that was a person
    /// Of rollout_hooks::halted alone: batch_report::may_run_again run once more, from their first step, or behind a
    /// command that ended well before the connection broke. What failed before is no failure any more; what fails now
    /// is asked about. Nothing else of the batch starts meanwhile.
    bool again = false;
};

/// What a gate is told.
struct batch_report {
    std::size_t number;              ///< of the batch
    std::size_t batches;             ///< the number of the last one
    std::vector<std::string> hosts;  ///< of the batch, also those of an earlier run
    std::size_t targets;             ///< hosts of all batches
    std::size_t ok;                  ///< of all batches by now
    std::size_t failed;
    std::size_t left;  ///< hosts that have not ended
    /// How each of `hosts` ended, or that it is not_started; null: `ok` in an earlier run. Valid while the gate is
    /// asked.
    std::vector<host_result const*> results = {};
    /// For rollout_hooks::halted: those of `hosts` that failed and whose command is known not to run.
    std::vector<std::string> may_run_again = {};
    bool can_go_on = true;  ///< for rollout_hooks::halted: false where nothing is left to do but to run hosts again
};

}  // namespace muster
