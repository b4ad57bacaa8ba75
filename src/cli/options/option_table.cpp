// SPDX-License-Identifier: MIT
// The rows, and what follows from a name.
#include "cli/options/option_table.hpp"

#include <algorithm>
#include <cctype>

#include "cli/options/option_values.hpp"
#include "cli/options/values.hpp"
#include "hosts/near_miss.hpp"

namespace muster::cli {

namespace {

using text = std::string const&;

// clang-format off
constexpr option_row table[] = {
    {"Hosts", 'w', "hosts", "LIST", "hosts to run on, such as web[1-9],root@db1:2222; may repeat; all that follows the options is then the command", "", false,
     add_hosts, "@hosts"},
    {"Hosts", 0, "hostfile", "FILE", "hosts from a file, a pattern a line; - is standard input; may repeat", "", false, add_hostfile, "@files"},
    {"Hosts", 'x', "exclude", "LIST", "leave these hosts out, wherever they were named; may repeat", "", false, add_excluded, "@hosts"},
    {"Hosts", 'g', "group", "LIST", "the hosts of these groups, NAME or SOURCE:NAME; the same as @NAME in a list; may repeat", "", false,
     [](arguments& into, text given) { into.groups.push_back(to_text(given)); }, "@groups"},
    {"Hosts", 'X', "exclude-group", "LIST", "leave the hosts of these groups out; may repeat", "", false,
     [](arguments& into, text given) { into.excluded_groups.push_back(to_text(given)); }, "@groups"},
    {"Hosts", 'a', "all", "", "every host that the usual groups know", "", false,
     [](arguments& into, text) { into.all = true; }},
    {"Hosts", 0, "inventory", "FILE", "hosts, groups and variables from an inventory of Ansible or in JSON; 'PROGRAM|' is one that prints it; may repeat", "", true,
     [](arguments& into, text given) { into.inventories.push_back(to_text(given)); }, "@files"},
    {"Hosts", 0, "pick", "N[:SEED]", "choose so many of the hosts at random; the seed chooses the same ones again", "", false, set_pick},
    {"Hosts", 0, "order", "ORDER", "start the hosts as given, or in random order: random[:SEED] (default given)", "", true, set_order, "given random random:"},
    {"Hosts", 'Q', "list-hosts", "", "run nothing: show the hosts folded, their number, and the list with commas; with --json as an object", "", false,
     [](arguments& into, text) { into.what = action::list_hosts; }},
    {"Hosts", 0, "max-hosts", "N", "refuse to run on more hosts than this (default 1000000)", "", true,
     [](arguments& into, text given) { into.max_hosts = to_number(given, 1, most); }},

    {"Hosts", 0, "failed", "", "the hosts of the last run that did not end ok; @last:STATES chooses others", "", false,
     [](arguments& into, text) { into.failed = true; }},
    {"Hosts", 0, "dry-run", "", "run nothing and touch no network: show hosts, groups, endpoints and each host's command", "list-hosts", false,
     [](arguments& into, text) { into.dry_run = true; }},
    {"Hosts", 0, "confirm", "[=N]", "ask for the number of hosts, on the terminal, before anything starts; with N only above N hosts (default never)", "", true, set_confirm},

    {"Running", 'f', "fanout", "N", "hosts at once, 0 for all (default 64)", "", true,
     [](arguments& into, text given) { into.how.fanout = to_number(given, 0, most); }},
    {"Running", 0, "connect-limit", "N", "connections at once that are not yet logged in, 0 for no limit but --fanout (default 64)", "", true,
     [](arguments& into, text given) { into.how.connect_limit = to_number(given, 0, most); }},
    {"Running", 0, "input", "FILE", "what every host's command reads as its standard input; {host} in FILE is the host's name; - is ours (default a pipe or a file that is our standard input)", "no-stdin", false,
     [](arguments& into, text given) { into.input = to_text(given); }, "@files"},
    {"Running", 'n', "no-stdin", "", "leave our standard input alone, as in a loop that reads from it", "input", true,
     [](arguments& into, text) { into.no_stdin = true; }},
    {"Running", 0, "transport", "WHICH", "ssh2; ssh: the system's, for what muster's own leaves out; or exec: a local process per host, with {host} in the command replaced by its name (default ssh2)", "", true, set_transport, "ssh2 exec ssh"},

    {"Running", 0, "argv", "", "quote each word of the command for the remote shell: a program and its arguments, as they stand here", "script", true,
     [](arguments& into, text) { into.is_argv = true; }},
    {"Running", 0, "template", "", "replace {host}, {n}, {count}, {user} and an inventory's {VARIABLE} in the command, each quoted for the remote shell", "", true,
     [](arguments& into, text) { into.is_template = true; }},

    {"Steps", 0, "push", "SRC[:DST]", "before the command, put a file or a directory on each host, whole or not at all; DST is a name, or with a / at its end the folder (default the home directory); {host} in SRC is the host's name; may repeat", "", false,
     [](arguments& into, text given) { into.pushes.push_back(to_text(given)); }, "@files"},
    {"Steps", 0, "script", "FILE", "run this script in place of a command, by the interpreter of its #! line; the words behind the hosts are its arguments; nothing of it stays on the host", "", false,
     [](arguments& into, text given) { into.script = to_text(given); }, "@files"},
    {"Steps", 0, "check", "CMD", "after the command, until it exits with 0: only then is the host ok", "", false,
     [](arguments& into, text given) { into.check = to_text(given); }},
    {"Steps", 0, "check-for", "TIME", "how long the check is tried, every two seconds, 0 for once (default 60s)", "", true,
     [](arguments& into, text given) { into.check_for = to_duration(given); }},
    {"Steps", 0, "check-hold", "TIME", "how long it must stay well (default 0)", "", true,
     [](arguments& into, text given) { into.check_hold = to_duration(given); }},
    {"Steps", 0, "pull", "SRC:DIR", "after that, fetch a file or a directory of each host as DIR/HOST/NAME, whole or not at all; with {host} in DIR as DIR/NAME; may repeat", "", false,
     [](arguments& into, text given) { into.pulls.push_back(to_text(given)); }},
    {"Steps", 0, "pull-max", "SIZE", "bytes that one pull may bring, such as 500M (default 1G)", "", true,
     [](arguments& into, text given) { into.pull_max = to_size(given); }},
    {"Steps", 0, "always", "CMD", "at the end of each host that was reached, whatever happened before; may repeat", "", false,
     [](arguments& into, text given) { into.always.push_back(to_text(given)); }},
    {"Steps", 0, "env", "NAME=VALUE", "a variable of the commands, the check and the script, whatever the server's AcceptEnv says; may repeat", "", false,
     [](arguments& into, text given) { into.environment.push_back(to_variable(given)); }},
    {"Steps", 0, "sudo", "[=USER]", "run the steps with the rights of root, or of USER, by the host's sudo", "", false,
     [](arguments& into, text given) { into.sudo = given.empty() ? "root" : to_user(given); }},
    {"Steps", 0, "sudo-password", "", "ask once, before the run, for the password that sudo wants; one host tries it first", "", false,
     [](arguments& into, text) { into.sudo_password = true; }},

    {"Rollout", 0, "batch", "LIST", "start the hosts in batches of these sizes, N or N% of all hosts, of which the last repeats: 1,5,25%; one begins when each host of the last has ended and some were ok, and none after a failure unless --halt says otherwise", "", true,
     [](arguments& into, text given) { into.rollout.sizes = to_batch_sizes(given); }},
    {"Rollout", 0, "soak", "TIME,...", "wait so long after each batch; the last time repeats", "", true,
     [](arguments& into, text given) { into.rollout.soak = to_durations(given); }},
    {"Rollout", 0, "gate", "CMD", "run CMD on this machine after each batch and its --soak: 0 goes on, 75 is asked again, else the run stops", "", true,
     [](arguments& into, text given) { into.rollout.gate = to_text(given); }},
    {"Rollout", 0, "gate-for", "TIME", "how long a gate may take and answer 75 (default 10m)", "", true,
     [](arguments& into, text given) {
         into.rollout.gate_for = to_duration(given);
         if (into.rollout.gate_for.count() == 0) throw bad_value("is no time in which a gate answers");
     }},
    {"Rollout", 0, "approve", "", "ask at the terminal before each batch but the first", "", true,
     [](arguments& into, text) { into.rollout.approve = true; }},
    {"Rollout", 0, "before", "CMD", "run CMD on this machine for each host before its command, with {host} replaced and MUSTER_HOST set: a failure keeps the command from being sent", "", true,
     [](arguments& into, text given) { into.rollout.before = to_text(given); }},
    {"Rollout", 0, "after", "CMD", "likewise after the command of each host that ended ok", "", true,
     [](arguments& into, text given) { into.rollout.after = to_text(given); }},
    {"Rollout", 0, "preflight", "[=N]", "log in everywhere first; so many hosts, or N% of them (100%), must be there, or nothing is sent", "", true,
     [](arguments& into, text given) { into.rollout.preflight = given.empty() ? amount{} : to_amount(given); }},
    {"Rollout", 0, "expect-reboot", "TIME", "the command reboots its host: a connection that breaks is no failure, and the host is awaited for so long until it has booted anew", "", true,
     [](arguments& into, text given) {
         into.how.rollout.expect_reboot = to_duration(given);
         if (into.how.rollout.expect_reboot.count() == 0) throw bad_value("is no time in which a host boots");
     }},
    {"Rollout", 0, "apart", "KEY[=N]", "never more than N (1) hosts at once with the same KEY: a variable of the inventory, @SOURCE of groups, or name:REGEX", "", true, set_apart},
    {"Rollout", 0, "together", "KEY", "hosts with the same KEY are a batch, which --batch cuts further", "", true,
     [](arguments& into, text given) { into.rollout.together = to_text(given); }},
    {"Rollout", 0, "delay", "TIME", "the least time between the starts of two hosts (default none)", "", true,
     [](arguments& into, text given) { into.how.rollout.delay = to_duration(given); }},

    {"SSH", 'l', "user", "NAME", "log in as NAME where the host says nothing else", "", true,
     [](arguments& into, text given) { into.ssh.user = to_user(given); }, "@users"},
    {"SSH", 'p', "port", "N", "port where the host says nothing else", "", true,
     [](arguments& into, text given) { into.ssh.port = static_cast<std::uint16_t>(to_number(given, 1, 65535)); }},
    {"SSH", 'i', "identity", "FILE", "private key to log in with; may repeat", "", true,
     [](arguments& into, text given) { into.ssh.identities.push_back(to_text(given)); }, "@files"},
    {"SSH", 'F', "ssh-config", "FILE", "read FILE instead of the user's and the system's ssh configuration; none for no file", "", true,
     [](arguments& into, text given) { into.ssh.config = to_text(given); }, "@files"},
    {"SSH", 'o', "option", "K=V", "a setting as in ssh_config; may repeat", "", true,
     [](arguments& into, text given) { into.ssh.settings.push_back(to_text(given)); }, "@settings"},
    {"SSH", 'J', "jump", "HOSTS", "connect by way of these hosts, [user@]host[:port] with commas between them; none for no such host", "", true,
     [](arguments& into, text given) { into.ssh.jump = to_text(given); }, "@hosts"},
    {"SSH", '4', "ipv4", "", "connect to IPv4 addresses only", "ipv6", true,
     [](arguments& into, text) { into.ssh.family = address_family::ipv4; }},
    {"SSH", '6', "ipv6", "", "connect to IPv6 addresses only", "ipv4", true,
     [](arguments& into, text) { into.ssh.family = address_family::ipv6; }},
    {"SSH", 'A', "forward-agent", "", "lend the agent to the hosts; whoever is root there can use it meanwhile", "", true,
     [](arguments& into, text) { into.ssh.forward_agent = true; }},
    {"SSH", 0, "tty", "", "run the command on a terminal of the remote host; its streams come as one", "", true,
     [](arguments& into, text) { into.ssh.tty = true; }},
    {"SSH", 0, "password", "", "ask once for a password, before the run, for all hosts whose server wants one", "", false,
     [](arguments& into, text) { into.ssh.password = true; }},
    {"SSH", 0, "askpass", "PROGRAM", "ask through PROGRAM instead of the terminal, for passphrases and for a password when a server wants one", "", true,
     [](arguments& into, text given) { into.ssh.askpass = to_text(given); }, "@programs"},
    {"SSH", 0, "accept-new", "", "add keys of unknown hosts to known_hosts; changed keys are refused all the same", "", true,
     [](arguments& into, text) { into.ssh.accept_new = true; }},

    {"Limits", 't', "connect-timeout", "TIME", "from name look-up to login, per host, 0 for none (default ConnectTimeout of the ssh configuration, or 10s)", "", true,
     [](arguments& into, text given) {
         into.how.connect_timeout = to_duration(given);
         into.connect_timeout_given = true;
     }},
    {"Limits", 'u', "command-timeout", "TIME", "for the command, per host (default none)", "", true,
     [](arguments& into, text given) { into.how.command_timeout = to_duration(given); }},
    {"Limits", 0, "total-timeout", "TIME", "for the whole run (default none)", "", true,
     [](arguments& into, text given) { into.how.total_timeout = to_duration(given); }},
    {"Limits", 0, "retries", "N", "tries again, after a pause that grows, when a host cannot be reached; never once a login was refused or the command sent (default 0)", "", true,
     [](arguments& into, text given) { into.how.retries = static_cast<unsigned>(to_number(given, 0, 1000)); }},
    {"Limits", 0, "grace", "TIME", "between TERM and KILL when a command is stopped (default 5s)", "", true,
     [](arguments& into, text given) { into.how.grace = to_duration(given); }},
    {"Limits", 0, "linger", "TIME", "how long to read on when the command has ended but a child of it holds its output open (default 2s)", "", true,
     [](arguments& into, text given) { into.how.linger = to_duration(given); }},

    {"Failures", 'k', "fail-fast", "", "stop everything on the first failure; same as --halt now,fail=1", "halt", true,
     [](arguments& into, text) { set_halt(into, "now,fail=1"); }},
    {"Failures", 0, "halt", "WHEN", "what failures do: never stops nothing, batch lets the batch end and begins no other, soon starts nothing new, now also stops what runs, ask asks at the terminal, when what runs has ended, whether to go on, to stop, or to run the failed hosts again; with ,fail=N or ,fail=N% of all hosts (default never, with --batch batch,fail=1)", "fail-fast", true, set_halt, "never batch soon now ask batch,fail= soon,fail= now,fail= ask,fail="},
    {"Failures", 0, "halt-on", "WHAT", "what counts: any failure, or only those of a command that was sent (default any)", "", true, set_counted, "any command"},
    {"Failures", 0, "ok-status", "LIST", "exit statuses that are success (default 0)", "", true,
     [](arguments& into, text given) { into.how.ok_status = to_statuses(given); }},
    {"Failures", 0, "lease", "", "let each command live only as long as its connection, whatever ends that; it has no standard input then", "", true,
     [](arguments& into, text) { into.lease = true; }},
    {"Failures", 'S', "max-status", "", "exit with the largest remote status", "", true,
     [](arguments& into, text) { into.max_status = true; }},

    {"Record", 0, "ledger", "FILE", "record in FILE which commands were sent and how each host ended; appends", "", true,
     [](arguments& into, text given) { into.ledger = to_ledger(given); }, "@files"},
    {"Record", 0, "resume", "FILE", "run on the hosts that have no ok in this ledger, and go on with it; HOSTS and COMMAND may be left out: they are the ledger's", "ledger", false,
     [](arguments& into, text given) { into.resume = to_ledger(given); }, "@files"},
    {"Record", 0, "resume-unknown", "", "also on hosts where the command may have run or may still run", "", false,
     [](arguments& into, text) { into.resume_unknown = true; }},
    {"Record", 0, "resume-any", "", "also if the ledger is of another command", "", false,
     [](arguments& into, text) { into.resume_any = true; }},

    {"Record", 0, "remember", "WHEN", "keep hosts and states of this run for --failed and @last: auto (on a terminal), yes or no (default auto)", "", true, set_remember, "auto yes no"},

    {"Shards", 0, "shard", "K/N|auto", "only hosts K, K+N, K+2N, ... of the list, for an engine that runs N of us; auto: by the variables of Slurm, Kubernetes, MPI or GNU parallel", "", true,
     [](arguments& into, text given) { into.shard_text = to_text(given); }},
    {"Shards", 0, "merge", "", "run nothing: show what the shards whose ledgers follow have done together, or the run of one record, and exit with its status", "shard", false,
     [](arguments& into, text) { into.what = action::merge; }},
    {"Shards", 0, "stop-file", "FILE", "create FILE when failures stop this run, and stop when another run has created it", "", true,
     [](arguments& into, text given) { into.stop_file = to_text(given); }, "@files"},

    {"Output", 'q', "quiet", "", "output and final errors only", "verbose", true,
     [](arguments& into, text) { into.quiet = true; }},
    {"Output", 'v', "verbose", "", "also each host's steps; twice: also each message of SSH by name, direction and length", "quiet", true,
     [](arguments& into, text) { into.verbose = true; }},
    {"Output", 'N', "no-label", "", "no host in front of the lines; the bytes as they came", "json", true,
     [](arguments& into, text) { into.no_label = true; }},
    {"Output", 'b', "gather", "", "identical output once, under all its hosts, when the run is over; the odd ones last", "json", true,
     [](arguments& into, text) { into.gather = true; }},
    {"Output", 'B', "gather-all", "", "likewise, standard error too", "json", true,
     [](arguments& into, text) { into.gather = into.gather_errors = true; }},
    {"Output", 0, "diff", "", "gather, and of the odd ones only what differs from what most hosts printed", "json", true,
     [](arguments& into, text) { into.gather = into.diff = true; }},
    {"Output", 0, "live", "", "with --gather: lines as they come as well", "json", true,
     [](arguments& into, text) { into.live = true; }},
    {"Output", 'L', "sorted", "", "output in the order of the hosts, each host's in one piece", "json", true,
     [](arguments& into, text) { into.sorted = true; }},
    {"Output", 0, "only-failed", "", "output of hosts that do not end ok, when they end", "json", true,
     [](arguments& into, text) { into.only_failed = true; }},
    {"Output", 0, "outdir", "DIR", "also write each host's exact output to DIR/HOST and DIR/HOST.err as it comes, and results to DIR/.results.jsonl", "", true,
     [](arguments& into, text given) { into.outdir = to_text(given); }, "@files"},
    {"Output", 0, "errdir", "DIR", "write standard error to DIR/HOST instead", "", true,
     [](arguments& into, text given) { into.errdir = to_text(given); }, "@files"},
    {"Output", 0, "json", "", "one JSON object per host at its end, and a summary", "no-label", true,
     [](arguments& into, text) { into.json = true; }, "events"},
    {"Output", 0, "json-events", "", "likewise, and events as they happen; the same as --json=events", "no-label", true,
     [](arguments& into, text) {
         into.json = true;
         into.views.insert("json=events");
     }},
    {"Output", 0, "report", "FILE", "also write the run as a page for a browser, complete in one file", "", true,
     [](arguments& into, text given) { into.report = to_page(given); }, "@files"},
    {"Output", 0, "tail-failed", "N", "show so many last lines of the host that causes a stop with its error, 0 for none (default 20)", "", true,
     [](arguments& into, text given) { into.tail_failed = to_number(given, 0, 1000); }},
    {"Output", 0, "stats", "", "at the end also the slowest hosts, and how long the stages took", "", true,
     [](arguments& into, text) { into.stats = true; }},
    {"Output", 0, "raw", "", "let control characters of hosts through to the terminal", "", true,
     [](arguments& into, text) { into.raw = true; }},
    {"Output", 0, "color", "WHEN", "colours: auto, always or never (default auto)", "", true, set_color, "auto always never"},
    {"Output", 0, "no-progress", "", "no progress on a terminal, and no line a minute elsewhere", "", true,
     [](arguments& into, text) { into.no_progress = true; }},

    {"Other", 0, "config", "FILE", "read defaults of options from FILE instead of the user's and the system's configuration; none for no file", "", true,
     [](arguments& into, text given) { into.config = to_text(given); }, "@files"},
    {"Other", 0, "complete", "WORD", "print the hosts, aliases and @groups that WORD may become, as shells' completions ask for them", "", false, set_complete},
    {"Other", 'V', "version", "", "show the versions of muster and its libraries", "", false,
     [](arguments& into, text) { into.what = action::version; }},
    {"Other", 'h', "short-help", "", "show the most used options on one screen", "", false,
     [](arguments& into, text) { into.what = action::short_help; }},
    {"Other", 0, "help", "", "show this help", "", false,
     [](arguments& into, text) { into.what = action::help; }},
};
// clang-format on

/// Whether `name` is one of those in the list, which has blanks between them.
bool names(std::string_view list, std::string_view name) noexcept {
    while (!list.empty()) {
        auto const word = list.substr(0, list.find(' '));
        if (word == name) return true;
        list.remove_prefix(std::min(list.size(), word.size() + 1));
    }
    return false;
}

}  // namespace

std::span<option_row const> option_table() noexcept {
    return table;
}

option_row const* find_option(std::string_view name) noexcept {
    auto const* const found = std::ranges::find(table, name, &option_row::name);
    return found == std::end(table) ? nullptr : found;
}

option_row const* find_option(char letter) noexcept {
    auto const* const found = std::ranges::find(table, letter, &option_row::letter);
    return letter == 0 || found == std::end(table) ? nullptr : found;
}

std::string_view nearest_option(std::string_view typed) {
    std::string_view nearest;
    std::size_t best = std::max<std::size_t>(1, (typed.size() + 1) / 3) + 1;
    for (auto const& row : table) {
        bool const is_begin = typed.size() >= 3 && row.name.starts_with(typed);
        std::size_t const far = is_begin ? 0 : hosts::edit_distance(typed, row.name);
        if (far >= best) continue;
        best = far;
        nearest = row.name;
    }
    return nearest;
}

std::string spelled(option_row const& row) {
    std::string const name = "--" + std::string(row.name);
    return row.letter == 0 ? name : std::string{'-', row.letter, '/'} + name;
}

std::string value_form(option_row const& row) {
    return (row.takes_word() ? " " : "") + std::string(row.value);
}

bool is_recorded(option_row const& row) noexcept {
    constexpr std::string_view groups[] = {"Running", "Rollout", "Steps", "SSH", "Limits", "Failures"};
    return row.name == "inventory" || std::ranges::find(groups, row.group) != std::end(groups);
}

bool may_repeat(option_row const& row) noexcept {
    return row.help.find("may repeat") != std::string_view::npos;
}

bool stands_once(option_row const& row) noexcept {
    return names(
        "pick input script check before after gate batch soak apart together ledger resume shard stop-file report "
        "outdir errdir",
        row.name);
}

std::string variable_name(option_row const& row) {
    std::string name = "MUSTER_";
    for (char const c : row.name)
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

bool contradict(option_row const& row, option_row const& other) noexcept {
    return names(row.excludes, other.name) || names(other.excludes, row.name);
}

}  // namespace muster::cli
