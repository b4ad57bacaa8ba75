// SPDX-License-Identifier: MIT
// Folders of this machine in which each host has a place of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <muster/endpoint.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// "SRC:DIR" of --pull. Throws usage_error.
std::pair<std::string, std::string> source_and_folder(std::string const& pull);

/// That whatever hosts bring into the folders of --pull, --outdir and --errdir can lie there, each thing at a place of
/// its own. Throws usage_error for two pulls to one place, target_error for hosts that the file system takes for one,
/// and write_error for a folder of --pull that can't be made or written to.
void check_local_folders(arguments const& args, std::vector<endpoint> const& hosts);

}  // namespace muster::cli
