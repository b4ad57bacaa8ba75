// SPDX-License-Identifier: MIT
// The table of their names.
#include "cli/options/foreign_options.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/options/option_table.hpp"

namespace muster::cli {

namespace {

struct foreign_row {
    std::string_view name;
    std::string_view ours;   ///< the name of an option, or a text that begins with a blank
    std::string_view other;  ///< another option it may be meant as; empty: none
};

constexpr foreign_row table[] = {
    {"timeout", "command-timeout", "connect-timeout"},
    {"connect_timeout", "connect-timeout", ""},
    {"command_timeout", "command-timeout", ""},
    {"parallel", "fanout", ""},
    {"par", "fanout", ""},
    {"forks", "fanout", ""},
    {"jobs", "fanout", ""},
    {"fork", "fanout", ""},
    {"forklimit", "fanout", ""},
    {"max-procs", "fanout", ""},
    {"j", "fanout", ""},
    {"P", "fanout", ""},
    {"H", "hosts", ""},
    {"host", "hosts", ""},
    {"nodes", "hosts", ""},
    {"machine", "hosts", ""},
    {"m", " -w/--hosts (dsh's), or the command alone, which needs no module (Ansible's)", ""},
    {"module-name", " the command alone, which needs no module", ""},
    {"nodelist", "hosts", ""},
    {"limit", "hosts", "exclude"},
    {"filter", "hosts", "exclude"},
    {"cluster", "group", ""},
    {"C", "group", ""},
    {"hosts-file", "hostfile", ""},
    {"host-file", "hostfile", ""},
    {"machinefile", "hostfile", ""},
    {"sshlogin", "hosts", ""},
    {"sshloginfile", "hostfile", ""},
    {"inventory-file", "inventory", ""},
    {"groupsource", " @SOURCE:GROUP in the list", ""},
    {"s", " @SOURCE:GROUP in the list", ""},
    {"worker", "transport", ""},
    {"R", "transport", ""},
    {"r", "transport", ""},
    {"remoteshell", "transport", ""},
    {"d", "verbose", ""},
    {"debug", "verbose", ""},
    {"nostdin", "no-stdin", ""},
    {"send-input", "input", ""},
    {"I", "input", ""},
    {"options", "option", ""},
    {"O", "option", ""},
    {"private-key", "identity", ""},
    {"key-file", "identity", ""},
    {"login", "user", ""},
    {"remote-user", "user", ""},
    {"jump-host", "jump", ""},
    {"ask-pass", "password", ""},
    {"ask-become-pass", "sudo-password", ""},
    {"K", "sudo-password", ""},
    {"become", "sudo", ""},
    {"become-user", "sudo", ""},
    {"strict-host-key-checking", "accept-new", ""},
    {"nolabel", "no-label", ""},
    {"dshbak", "gather", ""},
    {"inline", "gather", ""},
    {"line-mode", "sorted", ""},
    {"print", " what is done without any option", ""},
    {"stream", " what is done without any option", ""},
    {"output-dir", "outdir", ""},
    {"results", "outdir", ""},
    {"e", "errdir", ""},
    {"joblog", "ledger", ""},
    {"resume-failed", "resume", "failed"},
    {"copy", "push", ""},
    {"c", "push", ""},
    {"rcopy", "pull", ""},
    {"conf", "config", ""},
    {"list", "list-hosts", ""},
    {"dryrun", "dry-run", ""},
    {"extra-vars", "template", ""},
    {"any-failure", " what the exit status is without any option", ""},
    {"check-all-nodes", " what the exit status is without any option", ""},
    {"require-all-success", " what the exit status is without any option", ""},
    {"T", "no-stdin", ""},
    {"extra-args", "option", ""},
    {"extra-arg", "option", ""},
    {"host-glob", " a pattern in the list, such as web*", ""},
    {"inline-stdout", "gather", ""},
    {"topology", "jump", ""},
    {"remote", "jump", ""},
    {"mode", "sudo", "transport"},
    {"groupbase", " what is done without any option", ""},
    {"G", " what is done without any option", ""},
    {"M", " @SOURCE:GROUP in the list, or --inventory", ""},
    {"dest", " the place behind the colon of --push SRC:DST", ""},
    {"maxrc", "max-status", ""},
    {"tree", "outdir", ""},
    {"background", " --linger, or nohup in the command", ""},
    {"one-line", " what is done without any option", ""},
};

std::string text_of(std::string_view ours) {
    if (ours.starts_with(' ')) return std::string(ours.substr(1));
    auto const* const row = find_option(ours);
    return row == nullptr ? std::string() : spelled(*row);
}

}  // namespace

std::string here_that_is(std::string_view name) {
    std::string dashed(name);
    std::ranges::replace(dashed, '_', '-');
    if (dashed != name && find_option(dashed) != nullptr) return fmt::format("; here that is {}", text_of(dashed));
    auto const* const row = std::ranges::find(table, name, &foreign_row::name);
    if (row == std::end(table)) return {};
    auto const ours = text_of(row->ours);
    auto const other = row->other.empty() ? std::string() : text_of(row->other);
    if (ours.empty()) return {};
    return fmt::format("; here that is {}{}", ours, other.empty() ? "" : " or " + other);
}

}  // namespace muster::cli
