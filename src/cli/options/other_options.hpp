// SPDX-License-Identifier: MIT
// The options of pdsh, pdcp, rpdcp and clush, and what each is here.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace muster::cli {

/// Whose manners the program has, by the last part of argv[0].
enum class manners { own, pdsh, pdcp, rpdcp, clush };
manners manners_of(std::string_view argv0);
std::string_view name_of(manners whose);

struct other_option {
    char letter;            ///< 0: none
    std::string_view name;  ///< without dashes; empty: none
    bool takes_value;
    std::string_view ours;     ///< our option; empty: nothing has to be done here
    std::string_view instead;  ///< not empty: it is refused, and this says what there is instead
};

std::span<other_option const> options_of(manners whose);

/// Of a table that several programs share.
bool is_option_of(manners whose, other_option const& one);

/// "-w", or "--pick" where there is no letter.
std::string spelled(other_option const& one);

}  // namespace muster::cli
