// SPDX-License-Identifier: MIT
// The program under the name of another: the words of pdsh, pdcp, rpdcp and clush as muster's own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/options/arguments.hpp"
#include "cli/options/other_options.hpp"

namespace muster::cli {

/// What the line is for: pdsh's -h, -V and -q show something, and nothing runs.
enum class shown { run, usage, version, settings };

/// What stands in a list of settings: a name and its value.
using facts = std::vector<std::pair<std::string, std::string>>;

/// A command line of another program, told as one of muster's.
struct translation {
    std::vector<std::string> words;
    shown shows = shown::run;
    cli::facts facts;              ///< for settings, besides what the words say
    bool failures_exit_0 = false;  ///< without -S the exit code says nothing of the hosts
    bool pulls_beside = false;     ///< what is pulled is NAME.HOST
    bool pushes_as_cp = false;     ///< into a folder that is there
    bool asks_twice = false;       ///< the first Ctrl-C shows who runs, a second one soon after stops
    bool drops_user = false;       ///< the user is no part of a label
    bool plain_groups = false;     ///< hosts alone above equal output, and a diff is nothing but differences
};

/// Throws usage_error for what muster has no like of, saying what there is instead.
translation translated(manners whose, std::span<char const* const> words, environment const& variables);

}  // namespace muster::cli
