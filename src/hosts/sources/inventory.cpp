// SPDX-License-Identifier: MIT
// Hosts and groups of inventories, and the group source made of them.
#include "hosts/sources/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"

namespace muster::hosts {
namespace {

/// A name that is no host's is an error for those who choose it, not for everybody.
found_hosts hosts_named(std::vector<std::string> const& names, std::string const& origin) {
    found_hosts out;
    out.origin = origin;
    for (auto const& name : names) {
        try {
            out.hosts.add({name, {}, {}});
        } catch (host_syntax_error const& error) {
            throw host_syntax_error(fmt::format("{}: {}", origin, error.what()), error.pattern(), error.column());
        }
    }
    return out;
}

}  // namespace

overrides const* inventory::find(std::string_view name) const {
    auto const found = about_.find(canonical_name(name));
    return found == about_.end() ? nullptr : &found->second;
}

overrides& inventory::host(std::string const& name) {
    auto const [place, is_new] = about_.try_emplace(canonical_name(name));
    if (is_new) hosts_.push_back(name);
    return place->second;
}

std::vector<std::string> inventory::group_names() const {
    std::vector<std::string> out;
    for (auto const& each : groups_) out.push_back(each.first);
    return out;
}

std::vector<std::string> const* inventory::group(std::string const& name) const {
    auto const found = groups_.find(name);
    return found == groups_.end() ? nullptr : &found->second;
}

group_source groups_of(inventory const& from) {
    group_source out;
    out.name = "inventory";
    out.origin = from.origin();
    out.group = [&from](std::string const& name) -> std::optional<found_hosts> {
        if (name == "all") return hosts_named(from.hosts(), from.origin());
        auto const* names = from.group(name);
        if (names == nullptr) return std::nullopt;
        return hosts_named(*names, from.origin());
    };
    out.names = [&from] { return from.group_names(); };
    out.all = [&from]() -> std::optional<found_hosts> { return hosts_named(from.hosts(), from.origin()); };
    return out;
}

}  // namespace muster::hosts
