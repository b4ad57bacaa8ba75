// SPDX-License-Identifier: MIT
// Values of options that one function of values.hpp does not make, and where they go.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// The greatest number of an option that counts something, and that of a seed.
constexpr auto most = std::uint64_t{1'000'000'000};
constexpr auto most_of_all = std::numeric_limits<std::uint64_t>::max();

/// All throw bad_value.
std::string to_user(std::string const& given);
std::string to_ledger(std::string const& given);
std::string to_page(std::string const& given);
/// XBD 8.1 of POSIX.1-2017 has the names.
std::string to_variable(std::string const& given);
void add_hostfile(arguments& into, std::string const& given);
/// "-" is standard input, as with pdsh.
void add_hosts(arguments& into, std::string const& given);
void add_excluded(arguments& into, std::string const& given);
/// "N" or "N:SEED"
void set_pick(arguments& into, std::string const& given);
/// "given", "random" or "random:SEED"
void set_order(arguments& into, std::string const& given);
/// "": always; "N": above N hosts; yes or no, as a configuration has it.
void set_confirm(arguments& into, std::string const& given);
void set_remember(arguments& into, std::string const& given);
void set_complete(arguments& into, std::string const& given);
/// "KEY" or "KEY=N"
void set_apart(arguments& into, std::string const& given);
void set_halt(arguments& into, std::string const& given);
void set_counted(arguments& into, std::string const& given);
void set_transport(arguments& into, std::string const& given);
void set_color(arguments& into, std::string const& given);

}  // namespace muster::cli
