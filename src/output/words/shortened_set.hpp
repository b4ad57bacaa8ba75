// SPDX-License-Identifier: MIT
// A folded set of hosts in few columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster::output {

/// `set` as fold() has it, at most `columns` wide. What is left out are whole terms, so that no name and no number is
/// cut and each bracket has its pair: "n[1,3,…,97,99]"; one name loses its middle. `ellipsis` is one character.
std::string shortened_set(std::string_view set, std::size_t columns, std::string_view ellipsis);

}  // namespace muster::output
