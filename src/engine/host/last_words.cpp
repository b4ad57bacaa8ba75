// SPDX-License-Identifier: MIT
// Keeps a bounded tail and joins its lines, of which none is long.
#include "engine/host/last_words.hpp"

#include <algorithm>

#include "shell/sudo_script.hpp"

namespace muster {

/// Both ends of a long line are kept: a program that quotes a script says what it means before it or behind.
void last_words::shorten_line() {
    constexpr std::size_t longest = 600;
    constexpr std::size_t side = 150;
    auto const size = kept_.size() - line_;
    if (size > longest) kept_.replace(line_ + side, size - 2 * side, shell::left_out);
}

void last_words::take(std::string_view bytes) {
    constexpr std::size_t most = 1000;
    while (!bytes.empty()) {
        auto const end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
        kept_ += bytes.substr(0, end);
        bytes.remove_prefix(end);
        shorten_line();
        if (kept_.ends_with('\n')) line_ = kept_.size();
        if (kept_.size() <= 2 * most) continue;
        auto const gone = kept_.size() - most;
        kept_.erase(0, gone);
        line_ -= std::min(line_, gone);
    }
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
