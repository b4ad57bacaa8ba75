// SPDX-License-Identifier: MIT
// Reads a file of hosts, or standard input.
#pragma once

#include <string>

#include "hosts/name_lookup.hpp"

namespace muster::hosts {

/// The text of a file; "-" is standard input. A relative `path` counts from the folder of the file `beside`, where that
/// is given and holds it, and from the working directory otherwise. Throws lookup_error.
found_hosts read_host_file(std::string const& path, std::string const& beside);

}  // namespace muster::hosts
