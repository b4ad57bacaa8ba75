// SPDX-License-Identifier: MIT
// Reads the two shapes of inventories in JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "hosts/file_place.hpp"
#include "hosts/host_text.hpp"
#include "hosts/sources/inventory.hpp"
#include "hosts/sources/inventory_variables.hpp"

namespace muster::hosts {

using nlohmann::json;

namespace {

constexpr std::size_t deepest = 200;  // each level takes stack when a variable becomes text

/// How many brackets are open at most, those in strings left out.
std::size_t depth_of(std::string_view text) {
    std::size_t depth = 0;
    std::size_t most = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (in_string && c == '\\') ++i;
        if (c == '"') in_string = !in_string;
        if (in_string) continue;
        if (c == '[' || c == '{') most = std::max(most, ++depth);
        if ((c == ']' || c == '}') && depth > 0) --depth;
    }
    return most;
}

}  // namespace

class inventory_reader {
  public:
    inventory_reader(inventory& into, std::string const& origin) : into_(into), origin_(origin) {}

    void run(std::string const& text) {
        if (depth_of(text) > deepest) fail("nested more deeply than any inventory");
        auto root = parsed(text);
        if (root.is_array()) {
            for (auto& entry : root) add_entry(entry);
        } else if (root.is_object()) {
            add_groups(root);
        } else {
            fail("neither an array of hosts nor an object of groups");
        }
        for (auto& [name, about] : into_.about_) finish(about);
    }

  private:
    using names = std::vector<std::string>;

    struct group_entry {
        names hosts;
        names children;
        json vars;
        std::size_t depth = 0;
    };

    [[noreturn]] void fail(std::string const& reason) const {
        throw lookup_error(fmt::format("inventory {}: {}", origin_, reason));
    }

    json parsed(std::string const& text) const {
        try {
            return json::parse(text);
        } catch (json::out_of_range const&) {
            fail("this is no JSON that can be read: it holds a number that is too large");
        } catch (json::parse_error const& error) {
            fail_at("inventory " + origin_, text, error.byte > 0 ? error.byte - 1 : 0, "this is no JSON");
        }
    }

    static void finish(overrides& about) {
        std::ranges::sort(about.groups);
        about.groups.erase(std::unique(about.groups.begin(), about.groups.end()), about.groups.end());
    }

    // ---- the plain array ----

    void add_entry(json const& entry) {
        if (entry.is_string()) return add_text(entry.get_ref<std::string const&>());
        auto const host = entry.is_object() ? entry.find("host") : entry.end();
        if (!entry.is_object() || host == entry.end() || !host->is_string())
            fail("each entry must be a name, or an object with \"host\"");
        auto const& name = host->get_ref<std::string const&>();
        auto& about = into_.host(name);
        for (auto const& [key, value] : entry.items()) {
            if (key == "groups")
                add_to_groups(name, value, about);
            else if (key != "host" && !value.is_null())
                about.variables.try_emplace(key, variable_text(value));
        }
        explained(name, [&] { read_plain_variables(about); });
    }

    /// "web1", or "root@web1:22", which is a name with a user and a port.
    void add_text(std::string const& text) {
        host_list written;
        try {
            written = parse_hosts(text, 1);
        } catch (host_syntax_error const&) {
            into_.host(text);  // told when it is chosen
        }
        for (auto const& host : written) {
            auto& about = into_.host(host.name);
            if (!host.user.empty()) about.user = host.user;
            if (host.port) about.port = host.port;
        }
    }

    void add_to_groups(std::string const& name, json const& groups, overrides& about) {
        for (auto const& group : list_of(groups, "groups")) {
            into_.groups_[group].push_back(name);
            about.groups.push_back(group);
        }
    }

    // ---- what ansible-inventory prints ----

    void add_groups(json const& root) {
        for (auto const& [name, value] : root.items())
            if (name != "_meta") groups_.emplace(name, read_group(value, name));
        set_depths();
        std::vector<std::string> order;
        for (auto const& each : groups_) order.push_back(each.first);
        std::ranges::stable_sort(order, {}, [&](std::string const& name) { return groups_.at(name).depth; });
        for (auto const& name : order) add_members(name);
        add_host_variables(root);
        std::ranges::reverse(order);  // what a lower group says stays
        for (auto const& name : order) add_group_variables(name);
        for (auto& [key, about] : into_.about_) explained(key, [&about = about] { read_ansible_variables(about); });
    }

    group_entry read_group(json const& value, std::string const& name) const {
        group_entry out;
        if (value.is_array()) {
            out.hosts = list_of(value, name);
            return out;
        }
        if (!value.is_object()) fail(fmt::format("group {} is neither an object nor a list", printable(name)));
        if (auto const hosts = value.find("hosts"); hosts != value.end()) out.hosts = list_of(*hosts, name);
        if (auto const children = value.find("children"); children != value.end())
            out.children = list_of(*children, name);
        if (auto const vars = value.find("vars"); vars != value.end() && vars->is_object()) out.vars = *vars;
        return out;
    }

    names list_of(json const& value, std::string const& what) const {
        if (!value.is_array()) fail(fmt::format("{}: not a list of names", printable(what)));
        names out;
        for (auto const& each : value) {
            if (!each.is_string()) fail(fmt::format("{}: holds a name that is no string", printable(what)));
            out.push_back(each.get<std::string>());
        }
        return out;
    }

    /// How many groups are above a group at most; the variables of the lower ones count more.
    void set_depths() {
        bool changed = true;
        for (std::size_t round = 0; changed; ++round) {
            if (round > groups_.size()) fail_for_circle();
            changed = false;
            for (auto& [name, group] : groups_) {
                for (auto const& child : group.children) {
                    auto const found = groups_.find(child);
                    if (found == groups_.end() || found->second.depth > group.depth) continue;
                    found->second.depth = group.depth + 1;
                    changed = true;
                }
            }
        }
    }

    [[noreturn]] void fail_for_circle() const {
        for (auto const& [name, group] : groups_) {
            names below;
            std::set<std::string> seen;
            for (auto const& child : group.children) collect(child, below, seen);
            if (seen.contains(name)) fail(fmt::format("group {} contains itself", printable(name)));
        }
        fail("a group contains itself");
    }

    void add_members(std::string const& name) {
        names members;
        std::set<std::string> seen;
        collect(name, members, seen);
        if (name != "all")
            for (auto const& member : members) into_.host(member).groups.push_back(name);
        else
            for (auto const& member : members) into_.host(member);
        auto& group = into_.groups_[name];
        group.insert(group.end(), members.begin(), members.end());
    }

    void collect(std::string const& name, names& to, std::set<std::string>& seen) const {
        auto const found = groups_.find(name);
        if (found == groups_.end() || !seen.insert(name).second) return;
        to.insert(to.end(), found->second.hosts.begin(), found->second.hosts.end());
        for (auto const& child : found->second.children) collect(child, to, seen);
    }

    void add_host_variables(json const& root) {
        auto const meta = root.find("_meta");
        if (meta == root.end() || !meta->is_object()) return;
        auto const all = meta->find("hostvars");
        if (all == meta->end() || !all->is_object()) return;
        for (auto const& [name, vars] : all->items()) {
            auto& about = into_.host(name);
            if (vars.is_object()) add_variables(vars, about);
        }
    }

    void add_group_variables(std::string const& name) {
        auto const& vars = groups_.at(name).vars;
        if (vars.empty()) return;
        for (auto const& member : into_.groups_.at(name)) add_variables(vars, into_.host(member));
    }

    static void add_variables(json const& vars, overrides& about) {
        for (auto const& [key, value] : vars.items())
            if (!value.is_null()) about.variables.try_emplace(key, variable_text(value));
    }

    template <class Action>
    void explained(std::string const& host, Action const& action) const {
        try {
            action();
        } catch (lookup_error const& error) {
            fail(fmt::format("{}: {}", printable(host), error.what()));
        }
    }

    inventory& into_;
    std::string const& origin_;
    std::map<std::string, group_entry> groups_;
};

void inventory::add(std::string const& text, std::string const& origin) {
    if (origin_.empty()) origin_ = origin;
    inventory_reader(*this, origin).run(text);
}

}  // namespace muster::hosts
