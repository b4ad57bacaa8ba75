// SPDX-License-Identifier: MIT
// Remembers how long the lines are that have nothing but dashes.
#include "output/words/rule_line.hpp"

#include <algorithm>

namespace muster::output {

void rule_line::add(place& place, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        auto const end = std::min(bytes.find('\n'), bytes.size());
        if (place.only_dashes) {
            auto line = bytes.substr(0, end);
            while (line.ends_with('\r')) line.remove_suffix(1);
            place.only_dashes = line.find_first_not_of('-') == std::string_view::npos;
            place.dashes += line.size();
        }
        if (end == bytes.size()) return;
        note(place);
        place = {};
        bytes.remove_prefix(end + 1);
    }
}

void rule_line::note(place const& place) noexcept {
    if (place.only_dashes && place.dashes < longest) seen_.set(place.dashes);
}

std::string rule_line::text() const {
    auto size = shortest;
    while (size < longest && seen_.test(size)) ++size;
    return std::string(size, '-');
}

}  // namespace muster::output
