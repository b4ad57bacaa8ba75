// SPDX-License-Identifier: MIT
// Where groups come from: a source is a name space of groups, a directory has the sources there are.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hosts/name_lookup.hpp"

namespace muster::hosts {

/// A program that was asked did not end with status 0 in time.
struct program_error : lookup_error {
    program_error(std::string const& reason, std::string how, std::string all_said)
        : lookup_error(reason), ended(std::move(how)), said(std::move(all_said)) {}

    std::string ended;  ///< "ended with status 3"
    std::string said;   ///< what it wrote to standard error
};

/// Runs a shell command in a folder and returns what it printed. Throws lookup_error, and program_error when it does
/// not end with status 0 in time.
using program_runner = std::function<std::string(std::string const& command, std::string const& folder)>;

struct group_source {
    std::string name;
    std::string origin;  ///< a file, for errors
    /// Nothing when there is no such group.
    std::function<std::optional<found_hosts>(std::string const& group)> group;
    std::function<std::vector<std::string>()> names;
    std::function<std::optional<found_hosts>()> all;  ///< nothing: all is what all groups hold
};

/// A group without a source is looked up in the usual sources, in their order.
class group_directory {
  public:
    void add(group_source source, bool usual);

    found_hosts group(std::string const& source, std::string const& name) const;
    std::vector<std::string> names(std::string const& source) const;
    std::vector<std::string> sources() const;
    found_hosts all(std::string const& source) const;
    /// Where all hosts of the usual sources come from, in words.
    std::string origin_of_all() const;

  private:
    group_source const& named(std::string const& source) const;
    std::vector<group_source const*> candidates(std::string const& source) const;
    [[noreturn]] void fail(std::string const& source, std::string const& name) const;

    std::vector<std::pair<group_source, bool>> sources_;
};

}  // namespace muster::hosts
