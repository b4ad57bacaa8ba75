// SPDX-License-Identifier: MIT
// See shell_quoted.hpp.
#include "cli/shell_quoted.hpp"

namespace muster::cli {

namespace {

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_@%+:,./-").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_quoted(std::string_view text) {
    bool plain = !text.empty();
    for (char const c : text) plain = plain && is_plain(c);
    if (plain) return std::string(text);
    std::string out;
    bool open = false;
    auto const set = [&](bool wanted) {
        if (open != wanted) out += '\'';
        open = wanted;
    };
    for (char const c : text) {
        bool const escaped = c == '\'' || c == '\\';
        set(!escaped);
        if (escaped) out += '\\';
        out += c;
    }
    set(false);
    return out.empty() ? "''" : out;
}

}  // namespace muster::cli
