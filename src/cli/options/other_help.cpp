// SPDX-License-Identifier: MIT
// Writes the help and the version text that pdsh, pdcp and clush would write.
#include "cli/options/other_help.hpp"

#include <string_view>

#include <fmt/format.h>

#include "cli/options/help.hpp"
#include "cli/options/option_table.hpp"

namespace muster::cli {

namespace {

std::string_view form_of(manners whose) {
    if (whose == manners::pdcp || whose == manners::rpdcp) return "[OPTION...] -w HOSTS SOURCE... DESTINATION";
    return "[OPTION...] -w HOSTS COMMAND [ARG...]";
}

/// In muster's words where the option is one of its own.
std::string_view meaning_of(manners whose, other_option const& one) {
    if (one.ours.empty()) return "changes nothing here";
    if (one.ours == "--fanout" && whose != manners::clush) return "hosts at once (default FANOUT, or 32)";
    if (one.ours == "-R") return "ssh, or exec: a local process per host";
    if (one.ours == "-o") return "options as ssh takes them: -p 922 -oKEY=VALUE";
    if (one.ours == "-q") return "shows the settings and, folded, the hosts";
    if (one.ours == "-c") return "copies the files that follow to --dest";
    if (one.ours == "--rcopy") return "copies the files that follow from the hosts to the folder --dest";
    if (one.ours == "--dest") return "where copies go";
    auto const* const row = find_option(one.ours.substr(2));
    return row == nullptr ? std::string_view() : row->help;
}

std::string spelling_of(other_option const& one) {
    auto const letter = one.letter == 0 ? std::string() : std::string("-") + one.letter;
    auto const name = one.name.empty() ? std::string() : "--" + std::string(one.name);
    return fmt::format("  {}{}{}{}", letter, letter.empty() || name.empty() ? "" : ", ", name,
                       one.takes_value ? " VALUE" : "");
}

}  // namespace

std::string usage_as(manners whose) {
    auto text = fmt::format("Usage: {} {}\nThis is muster with the options of {}:\n", name_of(whose), form_of(whose),
                            name_of(whose));
    for (auto const& one : options_of(whose))
        if (one.instead.empty() && is_option_of(whose, one))
            append_entry(text, spelling_of(one), meaning_of(whose, one));
    return text;
}

std::string version_as(manners whose, std::string const& libraries) {
    auto const* const first = whose == manners::clush ? "clush" : "pdsh";
    return fmt::format("{}, which is {}", first, version_text(libraries));
}

}  // namespace muster::cli
