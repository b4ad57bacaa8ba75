// SPDX-License-Identifier: MIT
// What pdsh -q shows.
#pragma once

#include <string>

#include <muster/host.hpp>

#include "cli/options/arguments.hpp"
#include "cli/options/other_name.hpp"

namespace muster::cli {

/// A line for each setting, "Fanout" and a tab before its value; the hosts, folded, are the last line.
std::string pdsh_settings(facts const& of_line, arguments const& args, host_list const& hosts);

}  // namespace muster::cli
