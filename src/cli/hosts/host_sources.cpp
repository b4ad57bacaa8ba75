// SPDX-License-Identifier: MIT
// Loads inventories and groups when the first name asks for them.
#include "cli/hosts/host_sources.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/hosts/ansible_inventory.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/hosts/last_run.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/options/variables.hpp"
#include "cli/process/process.hpp"
#include "cli/process/run_program.hpp"
#include "hosts/read_host_file.hpp"
#include "hosts/sources/dsh_groups.hpp"
#include "hosts/sources/groups_conf.hpp"
#include "hosts/sources/inventory.hpp"
#include "ledger/record.hpp"
#include "output/terminal/sanitise.hpp"
#include "ssh_config/endpoints.hpp"

namespace muster::cli {

namespace {

using strings = std::vector<std::string>;

bool is_json(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    auto const position = text.find_first_not_of(" \t\r\n");
    if (position == std::string::npos || (text[position] != '[' && text[position] != '{')) return false;
    auto const next = text.find_first_not_of(" \t\r\n", position + 1);  // "[web]" begins an INI file
    return text[position] == '{' ||
           (next != std::string::npos && std::string_view("\"{]").find(text[next]) != std::string_view::npos);
}

bool is_folder(std::string const& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

/// What is waited for, for those who are told.
std::string waited_for(char const* whose, std::string const& command, bool quiet) {
    return quiet ? std::string() : fmt::format("{} ({})", whose, output::sanitised(command, 60));
}

std::string read_program(std::string const& command, bool quiet) {
    try {
        return run_host_program(command, {}, waited_for("the inventory's program", command, quiet));
    } catch (hosts::lookup_error const& error) {
        throw hosts::lookup_error(fmt::format("inventory {}", error.what()));
    }
}

std::string read_file(std::string const& path) {
    try {
        return hosts::read_host_file(path, {}).text;
    } catch (hosts::lookup_error const& error) {
        throw hosts::lookup_error(fmt::format("inventory {}", error.what()));
    }
}

std::string inventory_text(std::string const& from, bool quiet) {
    if (from.ends_with('|')) return read_program(from.substr(0, from.size() - 1), quiet);
    if (is_folder(from)) return ask_ansible(from, {}, quiet);
    auto text = read_file(from);
    return is_json(text) || from == "-" ? text : ask_ansible(from, text, quiet);
}

}  // namespace

struct host_sources::loaded {
    hosts::inventory inventory;
    hosts::group_directory groups;
};

host_sources::host_sources(arguments const& args, std::function<char const*(char const*)> variables)
    : args_(args), variables_(std::move(variables)) {
    names_.group = [this](auto const& source, auto const& name) { return group(source, name); };
    names_.group_names = [this](auto const& source) { return load().groups.names(source); };
    names_.all = [this](auto const& source) { return load().groups.all(source); };
    names_.aliases = [this] { return aliases(); };
    names_.of_record = [this](auto const& name) { return recorded(name); };
    names_.file = [](auto const& path, auto const& beside) { return hosts::read_host_file(path, beside); };
}

host_sources::~host_sources() = default;

void host_sources::load_inventories() {
    if (!args_.inventories.empty()) load();
}

void host_sources::check_names(host_list const& hosts) {
    if (args_.inventories.empty()) return;
    auto const& inventory = load().inventory;
    for (auto const& host : hosts) {
        if (inventory.find(host.name) != nullptr || inventory.group(host.name) == nullptr) continue;
        throw hosts::lookup_error(
            fmt::format("{} is a group of the inventory, and no host: write @{}", host.name, host.name));
    }
}

hosts::overrides const* host_sources::find(std::string const& name) {
    return args_.inventories.empty() ? nullptr : load().inventory.find(name);
}

hosts::group_directory const& host_sources::load_groups() {
    return load().groups;
}

hosts::found_hosts host_sources::group(std::string const& source, std::string const& name) {
    auto found = load().groups.group(source, name);
    auto const label = fmt::format("{}:{}", found.source, name);
    bool const is_known = std::ranges::find(named_groups_, label) != named_groups_.end();
    if (found.source != "inventory" && !is_known) named_groups_.push_back(label);
    return found;
}

host_list host_sources::aliases() const {
    host_list out;
    if (!transport_of(args_).reads_ssh_config) return out;
    for (auto const& name : ssh_config::aliases(settings_of(args_), ssh_config::this_account())) {
        try {
            out.unite(parse_hosts(name, 1));
        } catch (host_syntax_error const&) {
            continue;  // ssh takes names that are none of ours
        }
    }
    return out;
}

std::vector<std::string> host_sources::known_hosts() {
    std::vector<std::string> out;
    if (!args_.inventories.empty()) out = load().inventory.hosts();
    for (auto const& host : aliases()) out.push_back(host.name);
    return out;
}

last_run const& host_sources::last() {
    if (last_) return *last_;
    auto const path = last_run_file(variables_);
    auto found = read_last_run(path);
    if (!found)
        throw hosts::lookup_error(
            fmt::format("no run is remembered in {}: those on a terminal are, and others with --remember yes", path));
    last_ = std::make_unique<last_run>(std::move(*found));
    if (!args_.quiet) say(in_words(*last_));
    return *last_;
}

host_list host_sources::failed_hosts() {
    host_list out;
    for (auto const& recorded : last().hosts)
        if (recorded.state != "ok") out.add(recorded.host);
    return out;
}

host_list host_sources::recorded(std::string const& name) {
    auto const wanted = hosts::parse_record_name(name);
    if (wanted.file.empty()) return hosts::select_recorded(last().hosts, wanted.states);
    try {
        return hosts::select_recorded(ledger::read_record_file(wanted.file).recorded(), wanted.states);
    } catch (ledger::record_error const& error) {
        throw hosts::lookup_error(error.what());
    }
}

host_sources::loaded& host_sources::load() {
    if (loaded_) return *loaded_;
    auto fresh = std::make_unique<loaded>();
    for (auto const& from : args_.inventories) fresh->inventory.add(inventory_text(from, args_.quiet), from);
    if (!args_.inventories.empty()) fresh->groups.add(hosts::groups_of(fresh->inventory), true);
    auto const home = value_of(variables_, "HOME");
    strings folders = {"/etc/clustershell"};
    if (!home.empty()) folders.push_back(home + "/.local/etc/clustershell");
    if (auto const config = value_of(variables_, "XDG_CONFIG_HOME"); !config.empty() || !home.empty())
        folders.push_back((config.empty() ? home + "/.config" : config) + "/clustershell");
    if (auto const own = value_of(variables_, "CLUSTERSHELL_CFGDIR"); !own.empty()) folders.push_back(own);
    hosts::add_clustershell_groups(fresh->groups, folders, [quiet = args_.quiet](auto const& command, auto const& in) {
        return run_host_program(command, in, waited_for("a program of groups.conf", command, quiet));
    });
    hosts::add_dsh_groups(fresh->groups, home.empty() ? strings{"/etc/dsh"} : strings{home + "/.dsh", "/etc/dsh"});
    loaded_ = std::move(fresh);
    return *loaded_;
}

}  // namespace muster::cli
