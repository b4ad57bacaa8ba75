// SPDX-License-Identifier: MIT
// Errors that point into a host pattern.
#include "hosts/pattern_text.hpp"

#include <muster/host.hpp>

namespace muster::hosts {

void pattern_text::fail(std::size_t column, std::string const& reason) const {
    throw host_syntax_error(reason, std::string(all), column);
}

void pattern_text::check(std::optional<text_fault> const& fault, std::size_t column) const {
    if (fault) fail(column + fault->at, fault->reason);
}

std::size_t pattern_text::closing(std::size_t open) const {
    auto const at = all.find_first_of("[]", open + 1);
    if (at == std::string_view::npos) fail(open, "'[' without ']'");
    if (all[at] == '[') fail(at, "'[' inside brackets");
    return at;
}

}  // namespace muster::hosts
