// SPDX-License-Identifier: MIT
// Remembers how long the lines are that have nothing but dashes.
#include "output/words/rule_line.hpp"

#include <algorithm>

namespace muster::output {

void rule_line::add(place& at, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        auto const end = std::min(bytes.find('\n'), bytes.size());
        if (at.only_dashes) {
            auto line = bytes.substr(0, end);
            while (line.ends_with('\r')) line.remove_suffix(1);
            at.only_dashes = line.find_first_not_of('-') == std::string_view::npos;
            at.dashes += line.size();
        }
        if (end == bytes.size()) return;
        note(at);
        at = {};
        bytes.remove_prefix(end + 1);
    }
}

void rule_line::note(place const& at) noexcept {
    if (at.only_dashes && at.dashes < longest) seen_.set(at.dashes);
}

std::string rule_line::text() const {
    auto size = shortest;
    while (size < longest && seen_.test(size)) ++size;
    return std::string(size, '-');
}

}  // namespace muster::output
