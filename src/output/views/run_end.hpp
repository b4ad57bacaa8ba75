// SPDX-License-Identifier: MIT
// The last words on a run: by weight what went wrong, and how to go on.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <muster/report.hpp>

#include "output/words/folded_errors.hpp"
#include "output/words/rerun.hpp"

namespace muster::output {

struct end_look {
    bool terminal = false;  ///< a table for the eye; else stable lines that begin with "muster: "
    bool colour = false;
    bool utf8 = false;
    std::size_t columns = 80;
};

/// What only the caller knows.
struct end_hints {
    rerun again = {};
    std::string files = {};                       ///< the folder with the hosts' output
    std::optional<std::size_t> culprit = {};      ///< told already, for lines elsewhere than on a terminal
    std::vector<std::string> culprit_lines = {};  ///< its last output, when that is out of sight
};

/// Hosts with one error, and their list: to fold a million names takes a tenth of a second, so it is done once.
struct told_error {
    error_group group;
    std::string hosts;  ///< as fold() has it

    std::string shown_hosts() const;  ///< made harmless
};

/// As grouped_errors().
std::vector<told_error> told_errors(report const& results);

/// Errors of hosts: the same cause on many hosts once.
std::string errors_text(report const& results, std::vector<told_error> const& errors, end_look const& look,
                        end_hints const& hints);

/// The keys that were shown and are not known, and how to forget those that have changed.
std::string host_keys_text(report const& results, std::vector<told_error> const& errors, end_look const& look);

/// Counts, what may still run, and the command to run the rest.
std::string counts_text(report const& results, std::vector<told_error> const& errors, end_look const& look,
                        end_hints const& hints);

/// "may still run: web31", or nothing.
std::string unknown_text(report const& results, end_look const& look);

}  // namespace muster::output
