// SPDX-License-Identifier: MIT
// Where the names in host lists are looked up: inventories, groups, files, the ssh configuration.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <muster/host.hpp>

#include "cli/options/arguments.hpp"
#include "hosts/name_lookup.hpp"
#include "hosts/overrides.hpp"
#include "hosts/sources/group_source.hpp"

namespace muster::cli {

struct last_run;

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

    /// Those of the last run that did not end ok. Throws hosts::lookup_error where no run is remembered.
    host_list failed_hosts();

    /// Groups that lists have named so far, "SOURCE:NAME", without those of the inventories.
    std::vector<std::string> const& named_groups() const noexcept { return named_groups_; }

    /// Names that are known without asking a program: hosts of inventories, and aliases of the ssh configuration.
    std::vector<std::string> known_hosts();

    /// The sources of groups, and in them the groups: for completions.
    hosts::group_directory const& groups() { return load_groups(); }

  private:
    struct loaded;

    loaded& load();
    hosts::group_directory const& load_groups();
    hosts::found_hosts group(std::string const& source, std::string const& name);
    host_list aliases() const;
    host_list recorded(std::string const& name);
    last_run const& last();

    arguments const& args_;
    std::function<char const*(char const*)> variables_;
    std::unique_ptr<loaded> loaded_;
    std::unique_ptr<last_run> last_;
    std::vector<std::string> named_groups_;
    hosts::name_lookup names_;
};

}  // namespace muster::cli
