// SPDX-License-Identifier: MIT
// Errors that point into a host pattern.
#include "hosts/pattern_text.hpp"

#include <muster/host.hpp>

namespace muster::hosts {

void pattern_text::fail(std::size_t column, std::string const& reason) const {
    throw host_syntax_error(reason, std::string(all), column);
}

void pattern_text::check(std::optional<text_fault> const& error, std::size_t column) const {
    if (error) fail(column + error->position, error->reason);
}

std::size_t pattern_text::closing(std::size_t open) const {
    auto const position = all.find_first_of("[]", open + 1);
    if (position == std::string_view::npos) fail(open, "'[' without ']'");
    if (all[position] == '[') fail(position, "'[' inside brackets");
    return position;
}

}  // namespace muster::hosts
