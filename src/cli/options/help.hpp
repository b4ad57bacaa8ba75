// SPDX-License-Identifier: MIT
// What --help and --version print.
#pragma once

#include <string>
#include <string_view>

namespace muster::cli {

/// Examples, forms, then every option of the table by group; at most 80 columns.
std::string help_text();

/// What fits on a screen of 24 rows: how it is called, examples, a dozen options.
std::string short_help_text();

/// An option and what it does, with the second part in a column of its own.
void append_entry(std::string& to, std::string const& spelling, std::string_view meaning);

/// `libraries` names what muster is linked with, as "NAME VERSION, NAME VERSION".
std::string version_text(std::string const& libraries);

}  // namespace muster::cli
