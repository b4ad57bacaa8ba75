// SPDX-License-Identifier: MIT
// What is in a directory, in one order, and the listing by which a host tells whether it has the same.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

namespace muster::copy {

struct tree_entry {
    std::string name;    ///< "./sub/file"; "." is the directory itself
    struct stat about;   ///< of a link, not of what it leads to
    std::string target;  ///< of a symbolic link
    std::string digest;  ///< of a file, once it was read
};

/// Everything in it, by name, with the directory itself first. Links in it are not followed. Throws copy_error, also
/// for what is neither file, directory nor link.
std::vector<tree_entry> read_tree(std::string const& path);

/// Links in it that lead to somewhere else.
std::vector<std::string> links_out_of(std::vector<tree_entry> const& tree);

/// Every mode in it, "0644 0755".
std::string modes_of(std::vector<tree_entry> const& tree);

/// The digest of the listing that the script of shell/push_script.hpp makes on a host; see there for what stands before
/// it.
std::string listing_digest(std::vector<tree_entry> const& tree);

}  // namespace muster::copy
