// SPDX-License-Identifier: MIT
// A ledger read back: which hosts an earlier run has done, and where its command may have run.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <muster/error.hpp>
#include <muster/host.hpp>

#include "hosts/run_states.hpp"

namespace muster::ledger {

/// A ledger that can't be used. `what()` names file, line and reason.
struct record_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// What is known of a host.
enum class host_fate : unsigned char {
    not_ok,        ///< its command never went out, or its end is proved and was not `ok`
    ok,            ///< it has an `ok`
    command_done,  ///< its command has ended well, and what comes behind that was cut short
    may_run,       ///< its command went out and nothing proves that it ended: it may still run, or may have run
};

/// A batch of the plan.
struct recorded_batch {
    std::vector<std::string> hosts;  ///< labels
    bool begun = false;
    bool passed = false;  ///< with its pause and its gate
};

/// What a run brings its hosts from this machine.
struct recorded_content {
    std::string source;  ///< path
    std::string sha256;
};

/// What its commands read.
struct recorded_input {
    std::string source;
    std::string sha256;  ///< empty: it is not known
};

/// Which part of a list a run has: --shard.
struct recorded_shard {
    std::size_t index;
    std::size_t count;
    std::string list_hash;
    std::size_t list_size;
};

/// What a run's line says of it besides its hosts.
struct run_begin {
    std::string command;
    std::string command_hash;
    bool resumed = false;
    std::string transport = {};                                         ///< empty: it says nothing of it
    std::optional<std::vector<std::string>> options = {};               ///< "--name=value"
    std::optional<std::vector<std::vector<std::string>>> batches = {};  ///< a plan
    std::vector<std::string> script_arguments = {};
    std::optional<recorded_shard> shard = {};
    std::vector<recorded_content> contents = {};
    std::optional<recorded_input> input = {};
};

/// A run and the runs that went on with it. A later run in the same file that did not begins a new record.
class record {
  public:
    /// False when the program ended before it could write who is to run what: nothing was sent to any host.
    bool begun() const noexcept { return begun_; }

    /// Of the last run.
    std::string const& command() const noexcept { return command_; }
    std::string const& command_hash() const noexcept { return command_hash_; }

    std::string const& transport() const noexcept { return transport_; }
    /// Null: it says nothing of them.
    std::vector<std::string> const* options() const noexcept { return options_ ? &*options_ : nullptr; }

    /// Null: the run had all hosts.
    recorded_shard const* shard() const noexcept { return shard_ ? &*shard_ : nullptr; }

    /// Of the run that made the plan; batch 1 first. Empty: no batches.
    std::vector<recorded_batch> const& batches() const noexcept { return batches_; }

    /// Of --script, which the command shows as one line.
    std::vector<std::string> const& script_arguments() const noexcept { return script_arguments_; }

    /// Of the last run: what was the same for all hosts. Empty also where it says nothing of them.
    std::vector<recorded_content> const& contents() const noexcept { return contents_; }

    /// Of the last run. Null: it had none, or says nothing of it.
    recorded_input const* input() const noexcept { return input_ ? &*input_ : nullptr; }

    /// Everybody who was to run it, in order of first appearance.
    host_list const& hosts() const noexcept { return hosts_; }

    /// `not_ok` also for a host that no run had. The spelling of the name does not matter.
    host_fate fate_of(host const& host) const;

    /// Every host with its last known state.
    std::vector<hosts::recorded_host> recorded() const;

    /// What it says of the run, without hosts, plan and shard.
    record without_hosts() const;
    /// Adds what another ledger of the same run knows. Of a host that both have, a command that may run counts more
    /// than one that has ended, and an `ok` more than anything.
    void join(record const& other);

    /// A run begins; one that does not go on with the earlier forgets them.
    void begin(run_begin run);
    /// A batch of the plan has begun or passed. No effect for a number that is not in the plan.
    void set_begun(std::size_t number);
    void set_passed(std::size_t number);
    /// Of a host by its label in this record; `not_ok` for another.
    host_fate fate_of(std::string const& label) const;
    /// One of its hosts. Throws host_syntax_error for what is no label.
    void add_host(std::string const& label);
    /// False when the label is not a host's.
    bool set_fate(std::string const& label, host_fate fate);
    /// The last run never sent the command: what was known before that run counts. False as above.
    bool take_back(std::string const& label);
    /// The final state that a result tells, after set_fate or take_back; where the command was not sent this time, but
    /// by an earlier run, that one's state stays.
    void set_state(std::string const& label, std::string const& state);

  private:
    struct known_fate {
        host_fate now = host_fate::not_ok;
        host_fate before = host_fate::not_ok;  // the last run
        std::string state = "not_started";     // empty: the command went out, and no result came
        std::string state_before;              // empty: no earlier run sent it
        bool sent = false;
    };

    known_fate* find(std::string const& label);

    bool begun_ = false;
    std::string command_;
    std::string command_hash_;
    std::string transport_;
    std::optional<std::vector<std::string>> options_;
    std::vector<recorded_batch> batches_;
    std::vector<std::string> script_arguments_;
    std::optional<recorded_shard> shard_;
    std::vector<recorded_content> contents_;
    std::optional<recorded_input> input_;
    host_list hosts_;
    std::vector<known_fate> fates_;
    std::unordered_map<std::string, std::size_t> index_;  // by label, and by label with the name in its one spelling
};

/// Reads to the end. The last line of a run may be cut off: what it was about to say has had no effect yet, or leaves
/// its host at `may_run`. Throws record_error for anything else that is no line of a ledger; `name` is the file's.
record read_record(std::istream& from, std::string const& name);

/// The same for a file. Throws record_error, also when it cannot be read.
record read_record_file(std::string const& path);

}  // namespace muster::ledger
