// SPDX-License-Identifier: MIT
// Asks inventories, and turns groups of hosts into hosts with groups.
#include "cli/plan/host_facts.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/hosts/targets.hpp"
#include "hosts/evaluate.hpp"
#include "hosts/host_text.hpp"
#include "hosts/name_match.hpp"

namespace muster::cli {

namespace {

using strings = std::vector<std::string>;

constexpr std::size_t largest_group = 10'000'000;

/// Calls `in_group` with the index of each host that is in the group.
void for_members(host_list const& hosts, std::string const& group, host_sources& sources,
                 std::function<void(std::size_t)> const& in_group) {
    host_list members;
    try {
        members = hosts::evaluator(sources.names(), largest_group).list("@" + group).hosts;
    } catch (host_syntax_error const& error) {
        throw target_error(fmt::format("@{}: {}", hosts::printable(group), error.what()));
    }
    std::unordered_map<std::string, bool> names;
    for (auto const& member : members) names.emplace(hosts::canonical_name(member.name), true);
    for (std::size_t i = 0; i < hosts.size(); ++i)
        if (names.contains(hosts::canonical_name(hosts[i].name))) in_group(i);
}

strings variables_of(std::string const& name, host_list const& hosts, host_sources& sources) {
    strings out(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        auto const* const about = sources.find(hosts[i].name);
        if (about == nullptr) continue;
        if (auto const found = about->variables.find(name); found != about->variables.end()) out[i] = found->second;
    }
    return out;
}

strings groups_in(std::string const& source, host_list const& hosts, host_sources& sources) {
    strings out(hosts.size());
    for (auto const& group : sources.names().group_names(source))
        for_members(hosts, source + ":" + group, sources,
                    [&](std::size_t i) { out[i] += (out[i].empty() ? "" : ",") + group; });
    return out;
}

strings parts_of_names(std::string const& expression, host_list const& hosts) {
    hosts::name_regex const regex(expression);
    strings out;
    for (auto const& host : hosts) out.push_back(regex.part_of(host.name));
    return out;
}

strings values(std::string const& key, host_list const& hosts, host_sources& sources) {
    constexpr std::string_view name = "name:";
    if (key.starts_with('@')) return groups_in(key.substr(1), hosts, sources);
    if (key.starts_with(name)) return parts_of_names(key.substr(name.size()), hosts);
    return variables_of(key, hosts, sources);
}

}  // namespace

std::vector<strings> groups_of(host_list const& hosts, host_sources& sources) {
    std::vector<strings> out(hosts.size());
    for (std::size_t i = 0; i < hosts.size(); ++i)
        if (auto const* const about = sources.find(hosts[i].name)) out[i] = about->groups;
    for (auto const& group : sources.named_groups())
        for_members(hosts, group, sources, [&](std::size_t i) { out[i].push_back(group); });
    for (auto& groups : out) std::ranges::sort(groups);
    return out;
}

strings values_of(std::string const& key, host_list const& hosts, host_sources& sources) {
    strings out;
    try {
        out = values(key, hosts, sources);
    } catch (hosts::lookup_error const& error) {
        throw target_error(fmt::format("{}: {}", hosts::printable(key), error.what()));
    }
    if (std::ranges::all_of(out, &std::string::empty))
        throw target_error(
            fmt::format("{}: no host has a value for it; it is a variable of an --inventory, @SOURCE for "
                        "a source of groups, or name:REGEX",
                        hosts::printable(key)));
    return out;
}

}  // namespace muster::cli
