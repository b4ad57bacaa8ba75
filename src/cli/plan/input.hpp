// SPDX-License-Identifier: MIT
// What the hosts' commands read as standard input, as the command line and our own standard input have it.
#pragma once

#include <memory>
#include <optional>

#include <muster/host.hpp>
#include <muster/input.hpp>

#include "cli/options/arguments.hpp"
#include "output/record/ledger_sink.hpp"

namespace muster::cli {

/// Null: nothing. Throws target_error when it can't be opened.
std::shared_ptr<command_input> input_for(arguments const& args);

/// The commands read what this program was given as its own standard input.
bool reads_standard_input(arguments const& args);

/// For the ledger; the bytes of a regular file are read. None: the commands read nothing. Throws target_error when it
/// can't be read.
std::optional<output::ledger_input> recorded_input_of(arguments const& args);

/// --input names a file for each host: {host} stands in it.
bool has_input_of_each_host(arguments const& args);

/// Throws target_error when one of the hosts' own files can't be read.
void check_inputs(host_list const& hosts, arguments const& args);

}  // namespace muster::cli
