// SPDX-License-Identifier: MIT
// What an earlier run has left to do: its ledger and the command line together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <muster/host.hpp>

#include "cli/hosts/host_sources.hpp"
#include "cli/options/arguments.hpp"
#include "cli/plan/plan.hpp"
#include "ledger/record.hpp"
#include "output/record/ledger_sink.hpp"

namespace muster::cli {

/// A batch that would begin, and can't pass: of none of its hosts is known what became of the command.
struct blocked_batch {
    std::size_t number;
    std::vector<std::string> hosts;  ///< labels
};

struct rest_of_run {
    arguments args;                    ///< with the command that is to run and, in `how.rollout`, the rest of the plan
    host_list hosts;                   ///< to run on
    host_numbers numbers;              ///< of these
    std::vector<bool> command_done;    ///< of these: the command has ended well, and only what comes behind it is left
    std::vector<std::string> may_run;  ///< left out: the command may still run there, or may have run
    std::size_t done = 0;              ///< left out: they are `ok`
    bool has_plan = false;             ///< the plan is the ledger's
    std::optional<blocked_batch> blocked = {};
};

/// Throws target_error when the run is not to go on as the ledger's did: by another transport or as another user (-l,
/// -o User, --sudo).
void check_same_run(ledger::record const& record, arguments const& args);

/// Of the script and of what is pushed: what all hosts get.
std::vector<output::ledger_content> contents_of(run_plan const& plan, arguments const& args);

/// False when one of them is no longer what the ledger's run had; without --resume-any it throws target_error then.
bool are_same_contents(ledger::record const& record, std::vector<output::ledger_content> const& contents,
                       arguments const& args);

/// False when the commands would not read what those of the ledger's run did; without --resume-any it throws
/// target_error then. Notes where it can't be known.
bool is_same_input(ledger::record const& record, std::optional<output::ledger_input> const& input,
                   arguments const& args);

/// Throws target_error for the ledger of another part of the hosts, or of a part of another list: a host may be in the
/// ledger of a shard that this run does not read, and would run again.
void check_same_part(ledger::record const& record, std::optional<output::part_of_list> const& part,
                     std::string const& ledger);

/// "--transport=exec --fanout=10": what is taken over from the ledger, for the user. Empty: nothing.
std::string taken_over(ledger::record const& record, arguments const& on_command_line);

/// The hosts that were given, or else the ledger's, without those that need not or must not run again. Throws
/// target_error: no hosts, a ledger of another command, or of a run that this one can't go on with.
rest_of_run rest_after(ledger::record const& record, arguments args, host_sources& sources);

}  // namespace muster::cli
