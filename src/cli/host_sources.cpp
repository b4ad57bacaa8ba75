// SPDX-License-Identifier: MIT
// Loads inventories and groups when the first name asks for them.
#include "cli/host_sources.hpp"

#include <sys/stat.h>

#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/run_program.hpp"
#include "hosts/read_host_file.hpp"
#include "hosts/sources/dsh_groups.hpp"
#include "hosts/sources/groups_conf.hpp"
#include "hosts/sources/inventory.hpp"

namespace muster::cli {

namespace {

using strings = std::vector<std::string>;

std::string quoted(std::string const& text) {
    std::string out = "'";
    for (char const c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

bool is_json(std::string const& text) {
    auto const at = text.find_first_not_of(" \t\r\n");
    if (at == std::string::npos || (text[at] != '[' && text[at] != '{')) return false;
    auto const next = text.find_first_not_of(" \t\r\n", at + 1);  // "[web]" begins an INI file
    return text[at] == '{' ||
           (next != std::string::npos && std::string_view("\"{]").find(text[next]) != std::string_view::npos);
}

bool is_folder(std::string const& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

/// What Ansible makes of a file that is not JSON.
std::string ask_ansible(std::string const& path) {
    auto const program = std::string(
        "command -v ansible-inventory >/dev/null || { echo 'this is read through "
        "ansible-inventory, which is not installed (ansible-core); JSON is read as it is' "
        ">&2; exit 127; }; exec ansible-inventory --list -i ");
    try {
        return run_host_program(program + quoted(path), {});
    } catch (hosts::lookup_error const& error) {
        std::string_view const text = error.what();
        auto const reason =
            text.find("ended with") != std::string_view::npos ? text.substr(text.rfind(": ") + 2) : text;
        throw hosts::lookup_error(fmt::format("inventory {}: {}", path, reason));
    }
}

std::string read_file(std::string const& path) {
    try {
        return hosts::read_host_file(path, {}).text;
    } catch (hosts::lookup_error const& error) {
        throw hosts::lookup_error(fmt::format("inventory {}", error.what()));
    }
}

std::string inventory_text(std::string const& from) {
    if (from.ends_with('|')) return run_host_program(from.substr(0, from.size() - 1), {});
    if (is_folder(from)) return ask_ansible(from);
    auto text = read_file(from);
    return is_json(text) || from == "-" ? text : ask_ansible(from);
}

}  // namespace

struct host_sources::loaded {
    hosts::inventory inventory;
    hosts::group_directory groups;
};

host_sources::host_sources(arguments const& args, std::function<char const*(char const*)> variables)
    : args_(args), variables_(std::move(variables)) {
    names_.group = [this](auto const& source, auto const& group) { return load().groups.group(source, group); };
    names_.group_names = [this](auto const& source) { return load().groups.names(source); };
    names_.all = [this](auto const& source) { return load().groups.all(source); };
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

host_sources::loaded& host_sources::load() {
    if (loaded_) return *loaded_;
    auto fresh = std::make_unique<loaded>();
    for (auto const& from : args_.inventories) fresh->inventory.add(inventory_text(from), from);
    if (!args_.inventories.empty()) fresh->groups.add(hosts::groups_of(fresh->inventory), true);
    auto const value = [&](char const* name) {
        auto const* const text = variables_(name);
        return std::string(text == nullptr ? "" : text);
    };
    auto const home = value("HOME");
    strings folders = {"/etc/clustershell"};
    if (!home.empty()) folders.push_back(home + "/.local/etc/clustershell");
    if (auto const config = value("XDG_CONFIG_HOME"); !config.empty() || !home.empty())
        folders.push_back((config.empty() ? home + "/.config" : config) + "/clustershell");
    if (auto const own = value("CLUSTERSHELL_CFGDIR"); !own.empty()) folders.push_back(own);
    hosts::add_clustershell_groups(fresh->groups, folders, run_host_program);
    hosts::add_dsh_groups(fresh->groups, home.empty() ? strings{"/etc/dsh"} : strings{home + "/.dsh", "/etc/dsh"});
    loaded_ = std::move(fresh);
    return *loaded_;
}

}  // namespace muster::cli
