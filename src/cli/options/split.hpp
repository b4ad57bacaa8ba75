// SPDX-License-Identifier: MIT
// Cuts the command line into options, hosts and command: where each word belongs, not what it means.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options/option_table.hpp"

namespace muster::cli {

struct given_option {
    option_row const* row;
    std::string value;  ///< empty for a switch
    std::string origin =
        {};  ///< where it stands, for errors: "MUSTER_FANOUT", "FILE:3: fanout"; empty: the command line
};

struct split_line {
    std::vector<given_option> options;  ///< in order
    std::optional<std::string> hosts;   ///< HOSTS; not there when -w, -g, -a, --hostfile or --resume stood before
    std::vector<std::string> command;
    std::vector<std::string> files;  ///< with --merge: every word behind it that is no option
    bool ended = false;              ///< "--" stood before the command

    /// How often the option with this long name stands there.
    std::size_t count(std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept { return count(name) > 0; }
};

/// Options may stand before and after HOSTS; the command's first word, or "--", ends them. Knows "-kq", "-l root",
/// "-lroot", "--fanout 3", "--fanout=3". Throws usage_error for an unknown option, a value too few or too many.
split_line split(std::span<char const* const> words);

}  // namespace muster::cli
