// SPDX-License-Identifier: MIT
// Where the names in host lists are looked up: inventories, groups, files, the ssh configuration.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <muster/host.hpp>

#include "cli/arguments.hpp"
#include "hosts/name_lookup.hpp"
#include "hosts/overrides.hpp"

namespace muster::cli {

/// Reads and runs nothing before a name is looked up; then each file and program once. Looking up throws
/// hosts::lookup_error.
class host_sources {
  public:
    /// `args` must live as long.
    host_sources(arguments const& args, std::function<char const*(char const*)> variables);
    host_sources(host_sources const&) = delete;
    host_sources& operator=(host_sources const&) = delete;
    ~host_sources();

    hosts::name_lookup const& names() const noexcept { return names_; }

    /// Reads the inventories now, if there are any.
    void load_inventories();

    /// Throws hosts::lookup_error for a host that no inventory has, but that is the name of one of its groups.
    void check_names(host_list const& hosts);

    /// What the inventories say about a host; null when nothing.
    hosts::overrides const* find(std::string const& name);

  private:
    struct loaded;

    loaded& load();

    arguments const& args_;
    std::function<char const*(char const*)> variables_;
    std::unique_ptr<loaded> loaded_;
    hosts::name_lookup names_;
};

}  // namespace muster::cli
