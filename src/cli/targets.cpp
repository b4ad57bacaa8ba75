// SPDX-License-Identifier: MIT
// See targets.hpp.
#include "cli/targets.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/signals.hpp"
#include "hosts/host_text.hpp"
#include "hosts/read_host_file.hpp"
#include "hosts/selection.hpp"
#include "run/config_questions.hpp"
#include "ssh_config/endpoints.hpp"

namespace muster::cli {

namespace {

/// A list may not grow beyond this on the way to the hosts of the run, so that --max-hosts can say how many there were.
std::size_t largest_list(arguments const& given) {
    return std::max<std::size_t>(given.max_hosts, 1'000'000);
}

hosts::found_hosts read_file(std::string const& path, std::string const& beside) {
    try {
        return hosts::read_host_file(path, beside);
    } catch (hosts::lookup_error const& error) {
        throw hosts::lookup_error(fmt::format("hostfile {}", error.what()));
    }
}

hosts::name_lookup lookup_for(arguments const&) {
    hosts::name_lookup names;
    names.file = read_file;
    return names;
}

/// Runs `action`; an error names `what` it was about, with an excerpt.
template <class Action>
void explained(std::string_view what, Action const& action) {
    try {
        action();
    } catch (host_syntax_error const& error) {
        throw target_error(fmt::format("{}{}\n{}", what, error.what(), error.excerpt()));
    } catch (hosts::lookup_error const& error) {
        throw target_error(error.what());
    }
}

host_list select_hosts(arguments const& given) {
    auto const names = lookup_for(given);
    hosts::selection selected(names, largest_list(given));
    for (auto const& list : given.hosts) explained("hosts: ", [&] { selected.add(list); });
    for (auto const& path : given.hostfiles) {
        explained("hostfile ", [&] {
            auto const file = read_file(path, {});
            selected.add_file(file.text, file.origin);
        });
    }
    for (auto const& list : given.excluded) explained("-x: ", [&] { selected.leave_out(list); });
    host_list out;
    explained("hosts: ", [&] { out = selected.take(); });
    return out;
}

/// Where the hosts were to come from, for an error.
std::string sources_of(arguments const& given) {
    std::vector<std::string> sources;
    for (auto const& list : given.hosts) sources.push_back(hosts::printable(list.substr(0, 60)));
    for (auto const& path : given.hostfiles) sources.push_back(path == "-" ? "standard input" : path);
    return fmt::format("{}", fmt::join(sources, ", "));
}

endpoint local_endpoint(host const& one) {
    endpoint where;
    where.label = one.label();
    where.name = one.name;
    where.address = one.name;
    return where;
}

std::vector<ssh_config::exec_result> run_for_config(std::vector<std::string> const& commands) {
    std::vector<ssh_config::exec_result> results;
    auto const run = [&]() -> asio::awaitable<void> { results = co_await run_match_commands(commands); };
    run_until_signal(run());
    return results;
}

void ask_for_session(endpoint& where, ssh_arguments const& given) {
    if (given.tty) where.tty = tty_request::yes;
    if (!given.forward_agent) return;
    where.forward_agent_socket = where.agent_socket;
    if (where.agent_socket.empty() && where.fault.empty()) {
        where.fault =
            "-A: there is no agent to lend (SSH_AUTH_SOCK is not set, or IdentityAgent is none); start ssh-agent, or "
            "leave out -A";
    }
}

}  // namespace

host_list read_hosts(arguments const& given) {
    auto hosts = select_hosts(given);
    if (hosts.empty())
        throw target_error(fmt::format("no hosts: {} {}", sources_of(given),
                                       given.excluded.empty() ? "names none" : "names none that is not left out"));
    if (hosts.size() > given.max_hosts)
        throw target_error(fmt::format("{} hosts are more than --max-hosts {}", hosts.size(), given.max_hosts));
    return hosts;
}

std::vector<endpoint> make_endpoints(host_list const& hosts, arguments const& given) {
    if (given.transport == transport_kind::exec) {
        std::vector<endpoint> where;
        for (auto const& one : hosts) where.push_back(local_endpoint(one));
        return where;
    }
    ssh_config::ssh_settings settings;
    settings.config_file = given.ssh.config;
    settings.options = given.ssh.settings;
    settings.user = given.ssh.user;
    settings.port = given.ssh.port;
    settings.identities = given.ssh.identities;
    settings.family = given.ssh.family;
    settings.jump = given.ssh.jump;
    settings.accept_new = given.ssh.accept_new;
    if (given.connect_timeout_given) settings.connect_timeout = given.how.connect_timeout;
    settings.command = given.command;
    auto machine = this_machine();
    machine.run = run_for_config;
    auto where = ssh_config::make_endpoints(hosts, settings, ssh_config::this_account(), machine);
    for (auto& one : where) ask_for_session(one, given.ssh);
    if (given.lease)
        for (auto& one : where) one.tty = tty_request::no;  // RequestTTY of the configuration: the lease has the input
    return where;
}

}  // namespace muster::cli
