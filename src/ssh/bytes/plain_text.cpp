// SPDX-License-Identifier: MIT
// Replaces what is not printable ASCII, and cuts what is long.
#include "ssh/bytes/plain_text.hpp"

#include <fmt/format.h>

namespace muster::ssh {

std::string plain_text(std::string_view words, std::size_t limit) {
    std::string text;
    for (char const c : words) {
        auto const byte = static_cast<unsigned char>(c);
        if (c == '\r' || c == '\n' || c == '\t' || c == ' ') {
            if (!text.empty() && text.back() != ' ') text += ' ';
        } else if (byte >= 0x20 && byte < 0x7f) {
            text += c;
        } else {
            text += fmt::format("\\x{:02x}", byte);
        }
        if (text.size() >= limit) break;
    }
    text.resize(std::min(text.size(), limit));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

}  // namespace muster::ssh
