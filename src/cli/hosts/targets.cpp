// SPDX-License-Identifier: MIT
// Reads lists, files and groups, applies -x and --pick, and looks each host up.
#include "cli/hosts/targets.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/hosts/connection_settings.hpp"
#include "cli/options/shard.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/process/process.hpp"
#include "cli/process/signals.hpp"
#include "files/unix_socket.hpp"
#include "hosts/host_text.hpp"
#include "hosts/pick.hpp"
#include "hosts/read_host_file.hpp"
#include "hosts/selection.hpp"
#include "output/terminal/sanitise.hpp"
#include "run/config_questions.hpp"
#include "ssh_config/endpoints.hpp"
#include "ssh_config/settings_pool.hpp"

namespace muster::cli {

namespace {

/// A list may not grow beyond this on the way to the hosts of the run, so that --max-hosts can say how many there were.
std::size_t largest_list(arguments const& args) {
    return std::max<std::size_t>(args.max_hosts, 1'000'000);
}

/// Runs `action`; an error names `what` it was about, with an excerpt.
template <class Action>
void explained(std::string_view what, Action const& action) {
    try {
        action();
    } catch (host_syntax_error const& error) {
        throw target_error(fmt::format("{}{}\n{}", what, error.what(), error.excerpt()));
    } catch (hosts::lookup_error const& error) {
        throw target_error(fmt::format("{}{}", what, error.what()));
    }
}

void add_file(hosts::selection& to, std::string const& path) {
    explained("hostfile ", [&] {
        auto const file = hosts::read_host_file(path, {});
        to.add_file(file.text, file.origin);
    });
}

host_list select_hosts(arguments const& args, host_sources& sources, host_list const* recorded) {
    hosts::selection selected(sources.names(), largest_list(args));
    for (auto const& list : args.hosts) explained("hosts: ", [&] { selected.add(list); });
    for (auto const& path : args.hostfiles) add_file(selected, path);
    for (auto const& list : args.groups) explained("-g: ", [&] { selected.add(list, hosts::list_of::groups); });
    if (args.all) explained("-a: ", [&] { selected.add_all(); });
    if (args.failed) explained("--failed: ", [&] { selected.add(sources.failed_hosts()); });
    if (recorded != nullptr && !names_hosts(args)) selected.add(*recorded);
    for (auto const& list : args.excluded) explained("-x: ", [&] { selected.leave_out(list); });
    for (auto const& list : args.excluded_groups)
        explained("-X: ", [&] { selected.leave_out(list, hosts::list_of::groups); });
    host_list out;
    explained("hosts: ", [&] { out = selected.take(); });
    return out;
}

/// Where the hosts were to come from, for an error.
std::string sources_of(arguments const& args, host_sources& known) {
    std::vector<std::string> sources;
    for (auto const& list : args.hosts) sources.push_back(hosts::printable(list.substr(0, 60)));
    for (auto const& path : args.hostfiles) sources.push_back(path == "-" ? "standard input" : path);
    for (auto const& list : args.groups) sources.push_back("-g " + hosts::printable(list.substr(0, 60)));
    if (args.all) sources.push_back(fmt::format("-a ({})", known.groups().origin_of_all()));
    if (args.failed) sources.emplace_back("--failed");
    if (sources.empty()) sources.push_back(args.resume);
    return fmt::format("{}", fmt::join(sources, ", "));
}

[[noreturn]] void fail_without_hosts(arguments const& args, host_sources& known) {
    bool const is_cut = !args.excluded.empty() || !args.excluded_groups.empty();
    throw target_error(fmt::format("no hosts: {} {}", sources_of(args, known),
                                   is_cut ? "names none that is not left out" : "names none"));
}

std::uint64_t any_seed() {
    std::random_device device;
    return device() % 1'000'000;
}

/// --pick and --order; a seed that the user has not given is told, so that the same hosts can be had again.
host_list arranged(host_list hosts, arguments const& args) {
    auto const tell = [&](std::string const& text) {
        if (!args.quiet) say(text);
    };
    if (args.pick && args.pick->count < hosts.size()) {
        auto const seed = args.pick->seed ? *args.pick->seed : any_seed();
        tell(fmt::format("{} of {} hosts: --pick {}:{}", args.pick->count, hosts.size(), args.pick->count, seed));
        hosts = hosts::pick(hosts, args.pick->count, seed);
    }
    if (!args.random_order) return hosts;
    auto const seed = args.order_seed ? *args.order_seed : any_seed();
    if (!args.order_seed) tell(fmt::format("in random order: --order random:{}", seed));
    return hosts::shuffled(hosts, seed);
}

endpoint local_endpoint(host const& host) {
    endpoint endpoint;
    endpoint.label = host.label();
    endpoint.name = host.name;
    endpoint.address = host.name;
    return endpoint;
}

std::vector<ssh_config::exec_result> run_for_config(std::vector<std::string> const& commands, bool quiet) {
    std::vector<ssh_config::exec_result> results;
    auto const run = [&]() -> asio::awaitable<void> { results = co_await run_match_commands(commands); };
    auto const which =
        commands.size() == 1 ? output::sanitised(commands.front(), 60) : fmt::format("{} commands", commands.size());
    run_until_signal(run(), quiet ? std::string() : fmt::format("Match exec ({})", which));
    return results;
}

/// For --dry-run, which touches no network: a name stays what it is.
std::vector<ssh_config::name_answer> find_no_names(std::vector<ssh_config::name_query> const& queries) {
    static bool noted = false;
    if (!std::exchange(noted, true)) say("CanonicalizeHostname looks names up, which a dry run does not: not applied");
    return std::vector<ssh_config::name_answer>(queries.size(), {.found = false, .canonical_name = {}, .asked = false});
}

/// What muster would not do is ssh's to do, and the way, too; but no ssh can make good what an inventory has wrong.
void leave_to_ssh(endpoint& endpoint, hosts::overrides const* inventory) {
    endpoint.error.clear();
    if (inventory != nullptr) endpoint.error = inventory->error;
    auto& settings = endpoint.settings.change();
    settings.proxy_command.clear();
    settings.jump.reset();
}

/// Does what -A says; looks once at each agent.
class agent_lender {
  public:
    void lend(endpoint& endpoint) {
        auto& settings = endpoint.settings.change();
        settings.forward_agent_socket = settings.agent_socket;
        auto const [known, fresh] = reasons_.try_emplace(settings.agent_socket);
        if (fresh) known->second = why_not(settings.agent_socket);
        if (known->second.empty() || !endpoint.error.empty()) return;
        endpoint.error = "-A: there is no agent to lend (" + known->second + "); start ssh-agent, or leave out -A";
    }

  private:
    static std::string why_not(std::string const& socket) {
        if (socket.empty()) return "SSH_AUTH_SOCK is not set, or IdentityAgent is none";
        int const error = files::connect_error(socket);
        return error == 0 ? std::string() : socket + ": " + std::generic_category().message(error);
    }

    std::map<std::string, std::string> reasons_;
};

/// What the command line says of the session, over the configuration.
void ask_for_session(std::vector<endpoint>& endpoints, arguments const& args, host_sources& sources) {
    ssh_config::settings_pool pool;
    agent_lender lender;
    bool const connects = transport_of(args).connects_itself;
    for (auto& endpoint : endpoints) {
        if (args.ssh.tty) endpoint.settings.change().tty = tty_request::yes;
        if (!connects) leave_to_ssh(endpoint, sources.find(endpoint.name));
        if (connects && args.ssh.forward_agent) lender.lend(endpoint);
        if (connects && args.lease) endpoint.settings.change().tty = tty_request::no;  // the lease has the input
        pool.share(endpoint.settings);
    }
}

}  // namespace

host_list read_hosts(arguments const& args, host_sources& sources, host_list const* recorded) {
    auto hosts = read_whole_list(args, sources, recorded);
    return args.part && (names_hosts(args) || args.resumes_folder) ? hosts_of(*args.part, hosts) : hosts;
}

host_list read_whole_list(arguments const& args, host_sources& sources, host_list const* recorded) {
    explained({}, [&] { sources.load_inventories(); });
    auto hosts = select_hosts(args, sources, recorded);
    explained("hosts: ", [&] { sources.check_names(hosts); });
    if (hosts.empty()) fail_without_hosts(args, sources);
    hosts = arranged(std::move(hosts), args);
    if (hosts.size() > args.max_hosts)
        throw target_error(fmt::format("{} hosts are more than --max-hosts {}", hosts.size(), args.max_hosts));
    return hosts;
}

std::vector<endpoint> make_endpoints(host_list const& hosts, arguments const& args, host_sources& sources) {
    if (!transport_of(args).reads_ssh_config) {
        std::vector<endpoint> where;
        where.reserve(hosts.size());
        for (auto const& host : hosts) where.push_back(local_endpoint(host));
        return where;
    }
    auto machine = this_machine();
    machine.run = [quiet = args.quiet](auto const& commands) { return run_for_config(commands, quiet); };
    if (args.dry_run) machine.resolve = find_no_names;
    auto where = ssh_config::make_endpoints(hosts, settings_of(args), ssh_config::this_account(), machine,
                                            ssh_config::files_on_disk(),
                                            [&sources](auto const& name) { return sources.find(name); });
    ask_for_session(where, args, sources);
    return where;
}

ssh_targets make_ssh_targets(host_list const& hosts, arguments const& args, host_sources& sources) {
    ssh_targets targets;
    for (auto const& host : hosts) {
        static hosts::overrides const nothing;
        auto const* const found = sources.find(host.name);
        auto const& inventory = found != nullptr ? *found : nothing;
        auto const first = [](auto const&... texts) {
            std::string text;
            ((text = text.empty() ? std::string(texts) : text), ...);
            return text;
        };
        targets.try_emplace(host.label(),
                            system_ssh::ssh_target{.name = first(inventory.address, host.name),
                                                   .user = first(host.user, inventory.user, args.ssh.user),
                                                   .port = host.port        ? host.port
                                                           : inventory.port ? inventory.port
                                                                            : args.ssh.port,
                                                   .jump = args.ssh.jump.empty() ? inventory.jump : std::string()});
    }
    return targets;
}

}  // namespace muster::cli
