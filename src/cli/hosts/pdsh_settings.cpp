// SPDX-License-Identifier: MIT
// Writes the settings in the form of pdsh -q.
#include "cli/hosts/pdsh_settings.hpp"

#include <chrono>

#include <fmt/format.h>

#include "cli/hosts/listing.hpp"
#include "ssh_config/tokens.hpp"

namespace muster::cli {

namespace {

std::string in_seconds(std::chrono::nanoseconds time) {
    return fmt::format("{}", std::chrono::duration<double>(time).count());
}

}  // namespace

std::string pdsh_settings(facts const& of_line, arguments const& args, host_list const& hosts) {
    std::string text;
    auto const add = [&text](auto const& name, auto const& value) { text += fmt::format("{}\t{}\n", name, value); };
    auto const here = ssh_config::this_account().user;
    add("Local username", here);
    add("Remote username", args.ssh.user.empty() ? here : args.ssh.user);
    add("Connect timeout (secs)", in_seconds(args.how.connect_timeout));
    add("Command timeout (secs)", in_seconds(args.how.command_timeout));
    add("Fanout", args.how.fanout);
    add("Display hostname labels", args.no_label ? "No" : "Yes");
    for (auto const& [name, value] : of_line) add(name, value);
    return text + folded(hosts) + "\n";
}

}  // namespace muster::cli
