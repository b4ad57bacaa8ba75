// SPDX-License-Identifier: MIT
// The program under the name of another: the words of pdsh, pdcp, rpdcp and clush as muster's own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// Whose manners the program has, by the last part of argv[0].
enum class manners { own, pdsh, pdcp, rpdcp, clush };
manners manners_of(std::string_view argv0);

/// A command line of another program, told as one of muster's.
struct translation {
    std::vector<std::string> words;
    bool failures_exit_0 = false;  ///< without -S the exit code says nothing of the hosts
    bool pulls_beside = false;     ///< what is pulled is NAME.HOST
    bool asks_twice = false;       ///< the first Ctrl-C shows who runs, a second one soon after stops
};

/// Throws usage_error for what muster has no like of, saying what there is instead.
translation translated(manners whose, std::span<char const* const> words, environment const& variables);

}  // namespace muster::cli
