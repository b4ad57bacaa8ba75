// SPDX-License-Identifier: MIT
// What the hosts' commands read as standard input, as the command line and our own standard input have it.
#pragma once

#include <memory>

#include <muster/host.hpp>
#include <muster/input.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// Null: nothing. Throws target_error when it can't be opened.
std::shared_ptr<command_input> input_for(arguments const& args);

/// The commands read what this program was given as its own standard input.
bool reads_standard_input(arguments const& args);

/// --input names a file for each host: {host} stands in it.
bool has_input_of_each_host(arguments const& args);

/// Throws target_error when one of the hosts' own files can't be read.
void check_inputs(host_list const& hosts, arguments const& args);

}  // namespace muster::cli
