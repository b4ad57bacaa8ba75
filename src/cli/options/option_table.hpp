// SPDX-License-Identifier: MIT
// Every option of the program: the one table that parser, help, tests, man page and completions are held against.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/options/arguments.hpp"

namespace muster::cli {

struct option_row {
    std::string_view group;     ///< heading in the help and the man page; Running to Failures: a ledger records it
    char letter;                ///< 0: none
    std::string_view name;      ///< without dashes
    std::string_view value;     ///< what stands for its value in the help; empty: a switch; "[=N]": may be left out
    std::string_view help;      ///< up to ';' the completions' text; "may repeat" in it means so; ends with the default
    std::string_view excludes;  ///< the options it contradicts, with blanks between them; one of the two rows is enough
    bool has_variable;          ///< MUSTER_NAME in the environment sets it, too
    /// Applies one value. Throws bad_value.
    void (*set)(arguments& into, std::string const& value);
    /// What a shell completes the value with: "@files", "@hosts", "@groups", "@users", "@programs",
    /// "@settings" (of ssh_config), or the words themselves. Of a switch: the words that it takes behind "=".
    std::string_view completion = {};

    bool is_switch() const noexcept { return value.empty(); }
    /// A value follows only behind "=".
    bool is_optional() const noexcept { return value.starts_with("[="); }
    /// The next word is its value.
    bool takes_word() const noexcept { return !is_switch() && !is_optional(); }
};

/// In the order of the help.
std::span<option_row const> option_table() noexcept;

/// Null when there is none.
option_row const* find_option(std::string_view name) noexcept;
option_row const* find_option(char letter) noexcept;

/// The name most like the one that was typed; empty when none is near.
std::string_view nearest_option(std::string_view typed);

/// "-f/--fanout"
std::string spelled(option_row const& row);

/// What follows the name in the help: "", " N" or "[=N]".
std::string value_form(option_row const& row);

/// The option makes a run what it is: a ledger records it, and a later run that goes on with the ledger takes it over.
bool is_recorded(option_row const& row) noexcept;

/// Each use adds a value.
bool may_repeat(option_row const& row) noexcept;

/// It names something to do, or a file: a second one would drop the first. Of settings the last value counts.
bool stands_once(option_row const& row) noexcept;

/// "MUSTER_FANOUT"
std::string variable_name(option_row const& row);

/// The two options must not be given together.
bool contradict(option_row const& row, option_row const& other) noexcept;

}  // namespace muster::cli
