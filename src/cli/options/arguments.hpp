// SPDX-License-Identifier: MIT
// The command line and the MUSTER_* variables as values, and what can be wrong with them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <muster/batches.hpp>
#include <muster/endpoint.hpp>
#include <muster/error.hpp>
#include <muster/options.hpp>

namespace muster::cli {

enum class action { run, list_hosts, complete, merge, short_help, help, version };
enum class color_when { automatic, always, never };
enum class remember_when { automatic, always, never };

/// ssh's own options, as given; empty: not given.
struct ssh_arguments {
    std::string user;                      ///< -l
    std::optional<std::uint16_t> port;     ///< -p
    std::vector<std::string> identities;   ///< -i, in order
    std::optional<std::string> config;     ///< -F: the only configuration file
    std::vector<std::string> settings;     ///< -o: "Key=Value", in order
    bool accept_new = false;               ///< --accept-new
    std::optional<address_family> family;  ///< -4, -6
    bool forward_agent = false;            ///< -A
    bool tty = false;                      ///< --tty
    std::string askpass;                   ///< --askpass: the program that is asked for secrets
    bool password = false;                 ///< --password: ask for one before the run
    std::string jump;                      ///< -J
};

/// So many of the hosts, chosen at random.
struct random_choice {
    std::size_t count = 0;
    std::optional<std::uint64_t> seed;  ///< empty: any
};

/// A part of the hosts: every host whose place in the list is `index` modulo `count`.
struct shard {
    std::size_t index = 0;
    std::size_t count = 1;
    std::string list_hash = {};  ///< of the whole list, as soon as it is known
    std::size_t list_size = 0;
};

/// An option as the command line, or a variable, gave it.
struct given_word {
    std::string option;  ///< its long name, without dashes
    std::string value;   ///< empty for a switch
};

/// A number, or with `percent` a share of the hosts.
struct amount {
    double value = 100;
    bool percent = true;
};

/// Batches and what goes between them, as given.
struct rollout_arguments {
    std::vector<batch_size> sizes;               ///< --batch
    std::vector<std::chrono::nanoseconds> soak;  ///< --soak: after each batch, the last repeats
    std::string apart;                           ///< --apart: by what hosts are kept apart
    std::size_t apart_limit = 1;
    std::string together;  ///< --together
    std::string gate;      ///< --gate: a command of this machine
    std::chrono::nanoseconds gate_for = std::chrono::minutes(10);
    bool approve = false;
    std::string before;  ///< --before: a command of this machine for each host
    std::string after;
    std::optional<amount> preflight;

    bool in_batches() const noexcept { return !sizes.empty() || !together.empty(); }
};

struct arguments {
    action what = action::run;

    std::vector<std::string> hosts;            ///< patterns of -w or HOSTS, unparsed, in order
    std::vector<std::string> hostfiles;        ///< --hostfile, in order; "-" is standard input, at most once
    std::vector<std::string> groups;           ///< -g: lists of groups
    bool all = false;                          ///< -a: every host of the usual groups
    bool failed = false;                       ///< --failed: those of the last run that did not end ok
    std::vector<std::string> excluded;         ///< -x: patterns
    std::vector<std::string> excluded_groups;  ///< -X: lists of groups
    std::vector<std::string> inventories;      ///< --inventory: files, or programs with a | behind
    std::optional<random_choice> pick;         ///< --pick
    bool random_order = false;                 ///< --order random
    std::optional<std::uint64_t> order_seed;   ///< of --order random; empty: any
    std::size_t max_hosts = 1'000'000;
    bool dry_run = false;                      ///< show what would run where
    std::optional<std::size_t> confirm_above;  ///< --confirm: ask before a run on more hosts; empty: never

    std::string command;  ///< the command's words joined by blanks; empty: none, where the steps are enough
    std::vector<std::string> command_words;  ///< with --argv: the words, of which `command` is the quoted line
    bool is_argv = false;                    ///< --argv: no word is the remote shell's
    bool command_is_marked = false;          ///< "--" stood before it
    bool hosts_by_word = false;              ///< HOSTS is a word of its own, and no option's value
    bool is_template = false;                ///< --template: {host} and other names stand in it
    std::vector<std::string> pushes;         ///< --push: "SRC[:DST]", in order
    std::string complete;                    ///< --complete: the begin of a word
    std::string script;                      ///< --script: a file in place of the command; empty: none
    std::vector<std::string> script_words;   ///< its arguments; `command` is then what is shown of both
    std::string check;                       ///< --check; empty: none
    std::chrono::nanoseconds check_for{60'000'000'000};
    std::chrono::nanoseconds check_hold{0};
    std::vector<std::string> pulls;  ///< --pull: "SRC:DIR", in order
    std::uint64_t pull_max = std::uint64_t{1} << 30U;
    std::vector<std::string> always;       ///< --always, in order
    std::vector<std::string> environment;  ///< --env: "NAME=VALUE", in order
    std::optional<std::string> sudo;       ///< --sudo: the user
    bool sudo_password = false;            ///< --sudo-password

    std::string input;      ///< --input: a file for every host's command, "-" our standard input; empty: not given
    bool no_stdin = false;  ///< -n: our standard input is not theirs

    std::string ledger;           ///< --ledger; empty: none
    std::string resume;           ///< --resume, which may leave hosts and command to the ledger; empty: not given
    bool resumes_folder = false;  ///< that is a folder, with the ledgers of shards
    bool resume_unknown = false;  ///< --resume-unknown
    bool resume_any = false;      ///< --resume-any
    remember_when remember = remember_when::automatic;  ///< --remember; automatic: a run on a terminal
    std::string config;                                 ///< --config; empty: the usual files
    std::string shard_text;                             ///< --shard, as given; empty: all hosts
    std::optional<shard> part;                          ///< what it means
    std::vector<std::string> merged;                    ///< --merge: the ledgers
    std::string stop_file;                              ///< --stop-file; empty: none
    options how;
    rollout_arguments rollout;
    bool halt_given = false;         ///< --halt or -k: the usual policy of batches does not count
    std::vector<std::string> taken;  ///< options that make the run what it is, "--name=value": a ledger keeps them
    ssh_arguments ssh;
    std::string transport = "ssh2";  ///< a name of the transport table

    bool connect_timeout_given = false;  ///< how.connect_timeout goes before ssh's ConnectTimeout

    bool lease = false;
    bool max_status = false;
    std::vector<given_word> given;  ///< by the command line, in order, then by variables
    bool failures_exit_0 = false;   ///< as pdsh and clush: whatever becomes of the hosts
    bool pulls_beside = false;      ///< as rpdcp and clush: DIR/NAME.HOST in place of DIR/HOST/NAME
    bool pushes_as_cp = false;      ///< as pdcp and clush: push_step::as_cp
    bool asks_twice = false;        ///< as pdsh: the first Ctrl-C shows who runs
    bool drops_user = false;        ///< as pdsh: `n1: ` in front of the lines of bob@n1
    bool plain_groups = false;      ///< as clush: hosts alone above equal output, and --diff is nothing but differences
    std::size_t tail_failed = 20;
    bool stats = false;
    bool quiet = false;
    bool verbose = false;
    bool messages = false;  ///< -vv
    bool json = false;
    std::set<std::string, std::less<>> views;  ///< those that are wanted by their name in the table of views
    bool gather = false;                       ///< -b
    bool gather_errors = false;                ///< -B: standard error, too
    bool sorted = false;                       ///< -L
    bool diff = false;
    bool live = false;         ///< lines besides what is gathered
    bool only_failed = false;  ///< output of hosts that did not end `ok`
    std::string outdir;        ///< a file for each host; empty: none
    std::string errdir;        ///< for standard error alone
    std::string report;        ///< --report: a page; empty: none
    bool no_label = false;
    bool raw = false;
    bool no_progress = false;
    color_when color = color_when::automatic;  ///< after NO_COLOR, CLICOLOR_FORCE and TERM; automatic: on terminals
};

/// What is wrong with the command line or a variable, and where help is.
struct usage_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// Some option says which hosts, so that they are not another source's.
inline bool names_hosts(arguments const& args) {
    return !args.hosts.empty() || !args.hostfiles.empty() || !args.groups.empty() || args.all || args.failed;
}

/// There is something to do even without a command.
inline bool has_steps(arguments const& args) {
    return !args.pushes.empty() || !args.script.empty() || !args.check.empty() || !args.pulls.empty();
}

/// Looks up an environment variable; null when it is not set.
using environment = std::function<char const*(char const* name)>;

}  // namespace muster::cli
