// SPDX-License-Identifier: MIT
// Keeps a bounded tail and joins its lines.
#include "engine/host/last_words.hpp"

namespace muster {

void last_words::take(std::string_view bytes) {
    constexpr std::size_t most = 1000;
    kept_ += bytes;
    if (kept_.size() > 2 * most) kept_.erase(0, kept_.size() - most);
}

std::string last_words::text() const {
    std::string line;
    for (char const c : kept_) {
        if (c != '\n' && c != '\r') {
            line += c;
        } else if (!line.empty() && !line.ends_with("; ")) {
            line += "; ";
        }
    }
    if (line.ends_with("; ")) line.erase(line.size() - 2);
    return line;
}

std::string last_words::reason(host_result const& end) const {
    auto words = text();
    if (words.empty()) words = error_message(end);
    return words.empty() ? "exit status 0" : words;
}

}  // namespace muster
