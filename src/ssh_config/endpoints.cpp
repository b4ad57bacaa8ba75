// SPDX-License-Identifier: MIT
// Looks each host up, and gives the command line precedence over the files.
#include "ssh_config/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "hosts/host_text.hpp"
#include "ssh_config/endpoint_builder.hpp"
#include "ssh_config/jump_route.hpp"
#include "ssh_config/settings_pool.hpp"
#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {
namespace {

void check(ssh_settings const& settings) {
    if (!settings.user.empty())
        if (auto const error = hosts::user_fault(settings.user))
            throw config_error(fmt::format("-l: {}", error->reason));
    if (settings.port == 0) throw config_error("-p: the port must be 1 to 65535");
    if (std::ranges::find(settings.identities, std::string()) != settings.identities.end())
        throw config_error("-i: the file's name is missing");
    if (!settings.jump.empty() && !parse_jumps(settings.jump))
        throw config_error(fmt::format("-J {}: not [user@]host[:port], or several with commas, or none",
                                       hosts::printable(settings.jump)));
}

ssh_config read_config(ssh_settings const& settings, local_account const& local, config_files const& files) {
    ssh_config config(local, files);
    if (!settings.jump.empty()) config.read_option("ProxyJump=" + settings.jump);
    for (auto const& option : settings.options) config.read_option(option);
    if (settings.config_file) {
        if (equal_ignoring_case(*settings.config_file, "none")) return config;
        if (!config.read_file(*settings.config_file, config_origin::user, trust::any))
            throw config_error(fmt::format("-F {}: no such file", *settings.config_file));
        return config;
    }
    if (!local.home.empty())
        config.read_file(expand_tilde("~/.ssh/config", local), config_origin::user, trust::owned_only);
    config.read_file(settings.system_config, config_origin::system, trust::any);
    return config;
}

/// All that making endpoints needs, read once. Hosts on the way to others are asked for as `ssh -J` does it: in the
/// files alone, without the command line's user, port, keys and -o options.
class endpoint_maker {
  public:
    endpoint_maker(ssh_settings const& settings, local_account const& local, local_machine const& machine,
                   config_files const& files, overrides_lookup const& overrides)
        : settings_(settings),
          local_(local),
          files_(files),
          overrides_(overrides),
          answers_(machine),
          config_(read_config(settings, local, files)) {
        on_the_way_.config_file = settings.config_file;
        on_the_way_.system_config = settings.system_config;
        on_the_way_.connect_timeout = settings.connect_timeout;
        on_the_way_.family = settings.family;
        on_the_way_.accept_new = settings.accept_new;
    }

    /// Asks what the hosts' endpoints depend on, for all of them together.
    void ask_ahead(host_list const& hosts) {
        if (!config_.asks_machine()) return;
        std::vector<host> open(hosts.begin(), hosts.end());
        while (!open.empty()) {
            std::erase_if(
                open, [&](host const& host) { return config_.look_up(query_for(host, settings_), answers_).complete; });
            answers_.ask();
        }
    }

    endpoint make(host const& host) {
        auto const* const extra = overrides_ ? overrides_(host.name) : nullptr;
        auto out = extra == nullptr ? make(host, settings_, config_, {}) : make(host, *extra);
        pool_.share(out.settings);
        return out;
    }

  private:
    /// As the inventory wants it: its address is what the configuration is asked about, as with Ansible.
    endpoint make(host const& item, hosts::overrides const& extra) {
        auto target = item;
        if (!extra.address.empty()) target.name = extra.address;
        if (target.user.empty()) target.user = extra.user;
        if (!target.port) target.port = extra.port;
        auto settings = settings_;
        if (!extra.identity.empty()) settings.identities.insert(settings.identities.begin(), extra.identity);
        auto const hops = settings.jump.empty() && !extra.jump.empty()
                              ? parse_jumps(extra.jump)
                              : std::optional<std::vector<host>>(std::in_place);
        auto out = make(target, settings, config_, hops.value_or(std::vector<host>()));
        out.label = item.label();
        out.name = item.name;
        if (!extra.error.empty()) out.error = extra.error;
        if (!hops && out.error.empty()) out.error = "the inventory's jump is not [user@]host[:port],...";
        return out;
    }

    host_query query_for(host const& host, ssh_settings const& settings) const {
        auto const is_jump = &settings == &on_the_way_;
        return {host.name,
                host.user.empty() ? settings.user : host.user,
                host.port ? host.port : settings.port,
                settings.family,
                settings.command,
                is_jump};
    }

    host_settings look_up(host const& host, ssh_settings const& settings, ssh_config const& config) {
        for (;;) {
            auto found = config.look_up(query_for(host, settings), answers_);
            if (found.complete) return found;
            answers_.ask();
        }
    }

    endpoint make(host const& item, ssh_settings const& settings, ssh_config const& config,
                  std::vector<host> const& before) {
        auto const found = look_up(item, settings, config);
        auto [out, own_hops] = build_endpoint(item, settings, local_, found);
        auto const& hops = before.empty() ? own_hops : before;
        if (hops.empty()) return out;
        auto const jump = routes_.to(hops);
        if (out.error.empty() && !jump->error.empty()) out.error = fmt::format("via {}: {}", jump->label, jump->error);
        out.settings.change().jump = jump;
        if (!before.empty())
            out.settings.change().proxy_command.clear();  // whoever named them comes first, as ssh's -J
        return out;
    }

    endpoint make_hop(host const& hop, std::vector<host> const& before) {
        if (!config_on_the_way_) config_on_the_way_ = read_config(on_the_way_, local_, files_);
        return make(hop, on_the_way_, *config_on_the_way_, before);
    }

    ssh_settings const& settings_;
    local_account const& local_;
    config_files const& files_;
    overrides_lookup const& overrides_;
    local_answers answers_;
    settings_pool pool_;
    ssh_config config_;
    ssh_settings on_the_way_;
    std::optional<ssh_config> config_on_the_way_;
    jump_routes routes_{[this](host const& hop, std::vector<host> const& before) { return make_hop(hop, before); }};
};

}  // namespace

std::vector<endpoint> make_endpoints(host_list const& hosts, ssh_settings const& settings, local_account const& local,
                                     local_machine const& machine, config_files const& files,
                                     overrides_lookup const& overrides) {
    check(settings);
    endpoint_maker maker(settings, local, machine, files, overrides);
    maker.ask_ahead(hosts);
    std::vector<endpoint> out;
    out.reserve(hosts.size());
    for (auto const& host : hosts) out.push_back(maker.make(host));
    return out;
}

std::vector<std::string> aliases(ssh_settings const& settings, local_account const& local, config_files const& files) {
    return read_config(settings, local, files).aliases();
}

}  // namespace muster::ssh_config
