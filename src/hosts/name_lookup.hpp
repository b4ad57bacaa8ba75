// SPDX-License-Identifier: MIT
// What a host pattern can point at besides names: groups, files, hosts known by name, records of runs.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <muster/host.hpp>

namespace muster::hosts {

/// A name cannot be looked up; `what()` says why and what to do.
struct lookup_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What a group or a file holds: patterns to be evaluated, or hosts as they are.
struct found_hosts {
    std::string origin;    ///< for errors: the file or program it came from
    std::string source;    ///< of a group: its source, in which groups that it names are looked up
    std::string text;      ///< patterns, separated by commas, blanks or newlines
    bool is_file = false;  ///< the text is one of a file: with comments and includes
    host_list hosts;       ///< besides them, hosts that need no evaluation
};

/// Functions, each of which may be empty: then an error says that such names cannot be used here. All throw
/// lookup_error. The source of a group is empty where the user named none.
struct name_lookup {
    std::function<found_hosts(std::string const& source, std::string const& group)> group;
    std::function<std::vector<std::string>(std::string const& source)> group_names;
    std::function<found_hosts(std::string const& source)> all;  ///< every host of a source
    /// A file of hosts; a relative path counts from the folder of the file `beside`, empty: from the working directory.
    std::function<found_hosts(std::string const& path, std::string const& beside)> file;
    std::function<host_list()> aliases;                             ///< names of the ssh configuration
    std::function<host_list(std::string const& record)> of_record;  ///< "last:failed,auth", "ledger:FILE:left"
};

}  // namespace muster::hosts
