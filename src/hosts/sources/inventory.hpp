// SPDX-License-Identifier: MIT
// Inventories in JSON: hosts with groups, variables and ways to reach them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hosts/overrides.hpp"
#include "hosts/sources/group_source.hpp"

namespace muster::hosts {

/// What one or more inventories say. A host that several have gets the variables of all; the first one's count.
class inventory {
  public:
    /// Adds a text in one of two shapes: what `ansible-inventory --list` prints, or an array of names and of objects
    /// with "host" and perhaps "address", "port", "user", "key", "jump", "groups" and variables. Throws lookup_error,
    /// and host_syntax_error where it can point at the place.
    void add(std::string const& text, std::string const& origin);

    /// Null for a host that no inventory has.
    overrides const* find(std::string_view name) const;

    /// In the order in which inventories name them.
    std::vector<std::string> const& hosts() const noexcept { return hosts_; }

    std::vector<std::string> group_names() const;
    /// Null when there is no such group.
    std::vector<std::string> const* group(std::string const& name) const;

    std::string const& origin() const noexcept { return origin_; }

  private:
    friend class inventory_reader;

    overrides& host(std::string const& name);

    std::string origin_;
    std::vector<std::string> hosts_;
    std::unordered_map<std::string, overrides> about_;
    std::map<std::string, std::vector<std::string>> groups_;
};

/// The source "inventory". Points to `from`, which must live as long.
group_source groups_of(inventory const& from);

}  // namespace muster::hosts
