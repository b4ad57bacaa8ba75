// SPDX-License-Identifier: MIT
// One table for pdsh and its copies, and one for clush.
#include "cli/options/other_options.hpp"

#include <algorithm>

namespace muster::cli {

namespace {

// clang-format off
constexpr other_option pdsh_options[] = {
    {'w', "", true, "--hosts", ""},
    {'x', "", true, "--exclude", ""},
    {'g', "", true, "--group", ""},
    {'X', "", true, "--exclude-group", ""},
    {'a', "", false, "--all", ""},
    {'A', "", false, "--all", ""},
    {'F', "", true, "", "groups come from ClusterShell's, dsh's and --inventory; a file of genders is not read"},
    {'i', "", false, "", ""},
    {'f', "", true, "--fanout", ""},
    {'t', "", true, "--connect-timeout", ""},
    {'u', "", true, "--command-timeout", ""},
    {'l', "", true, "--user", ""},
    {'N', "", false, "--no-label", ""},
    {'S', "", false, "--max-status", ""},
    {'k', "", false, "--fail-fast", ""},
    {'b', "", false, "", ""},
    {'s', "", false, "", ""},
    {'d', "", false, "--verbose", ""},
    {'q', "", false, "-q", ""},
    {'Q', "", false, "--list-hosts", ""},
    {'h', "", false, "--help", ""},
    {'V', "", false, "--version", ""},
    {'L', "", false, "", "there are no modules: hosts are reached by ssh, or with -R exec by a program of this machine"},
    {'M', "", true, "", "there are no modules: groups come from ClusterShell's, dsh's and --inventory"},
    {'R', "", true, "-R", ""},
    {'r', "", false, "", ""},
    {'p', "", false, "", ""},
    {'e', "", true, "", ""},
};

constexpr other_option clush_options[] = {
    {'w', "hosts", true, "--hosts", ""},
    {'x', "exclude", true, "--exclude", ""},
    {'g', "group", true, "--group", ""},
    {'X', "exclude-group", true, "--exclude-group", ""},
    {'a', "all", false, "--all", ""},
    {0, "hostfile", true, "--hostfile", ""},
    {0, "machinefile", true, "--hostfile", ""},
    {0, "pick", true, "--pick", ""},
    {'f', "fanout", true, "--fanout", ""},
    {'t', "connect_timeout", true, "--connect-timeout", ""},
    {0, "connect-timeout", true, "--connect-timeout", ""},
    {'u', "command_timeout", true, "--command-timeout", ""},
    {0, "command-timeout", true, "--command-timeout", ""},
    {'l', "user", true, "--user", ""},
    {'o', "options", true, "-o", ""},
    {'b', "dshbak", false, "--gather", ""},
    {'B', "", false, "--gather-all", ""},
    {'L', "", false, "--sorted", ""},
    {'N', "", false, "--no-label", ""},
    {0, "diff", false, "--diff", ""},
    {0, "outdir", true, "--outdir", ""},
    {0, "errdir", true, "--errdir", ""},
    {'S', "maxrc", false, "--max-status", ""},
    {'n', "nostdin", false, "--no-stdin", ""},
    {'q', "quiet", false, "--quiet", ""},
    {'v', "verbose", false, "--verbose", ""},
    {'d', "debug", false, "--verbose", ""},
    {0, "color", true, "--color", ""},
    {'c', "copy", false, "-c", ""},
    {0, "dest", true, "--dest", ""},
    {0, "version", false, "--version", ""},
    {'h', "help", false, "--help", ""},
    {'R', "worker", true, "-R", ""},
    {'P', "progress", false, "", ""},
    {'p', "", false, "", ""},
    {'y', "yes", false, "", ""},
    {'r', "regroup", false, "", "hosts are folded without their groups"},
    {'G', "groupbase", false, "", "hosts are folded without their groups"},
    {0, "topology", true, "", "muster reaches each host itself; --jump leads over another"},
    {0, "remote", true, "", "muster reaches each host itself; --jump leads over another"},
    {0, "rcopy", false, "--rcopy", ""},
    {'m', "mode", true, "", "there are no modes; --sudo and the like are muster's options"},
    {'s', "groupsource", true, "", "write the source with the group: -g SOURCE:NAME"},
    {0, "conf", true, "", "clush.conf is not read; give the options"},
    {0, "groupsconf", true, "", "the usual groups.conf is read; CLUSTERSHELL_CFGDIR names another folder"},
    {'E', "engine", true, "", ""},
    {'O', "option", true, "", "clush.conf's settings are not read; give the options"},
};
// clang-format on

}  // namespace

std::string_view name_of(manners whose) {
    constexpr std::string_view names[] = {"muster", "pdsh", "pdcp", "rpdcp", "clush"};
    return names[static_cast<std::size_t>(whose)];
}

manners manners_of(std::string_view argv0) {
    auto const name = argv0.substr(argv0.rfind('/') + 1);
    for (auto const one : {manners::pdsh, manners::pdcp, manners::rpdcp, manners::clush})
        if (name == name_of(one)) return one;
    return manners::own;
}

std::span<other_option const> options_of(manners whose) {
    if (whose == manners::clush) return clush_options;
    return pdsh_options;
}

/// pdcp and rpdcp have -r, -p and -e besides pdsh's.
bool is_option_of(manners whose, other_option const& one) {
    bool const of_copies = one.letter == 'r' || one.letter == 'p' || one.letter == 'e';
    return whose == manners::clush || whose != manners::pdsh || !of_copies;
}

std::string spelled(other_option const& one) {
    return one.letter != 0 ? std::string("-") + one.letter : "--" + std::string(one.name);
}

}  // namespace muster::cli
