// SPDX-License-Identifier: MIT
// Escapes text line by line.
#include "output/page/html_text.hpp"

#include <algorithm>

#include "output/grouped/stream_digest.hpp"
#include "output/json/json_text.hpp"
#include "output/terminal/terminal_text.hpp"

namespace muster::output {

namespace {

void append_escaped_html(std::string& to, std::string_view text) {
    for (char const character : text) {
        switch (character) {
            case '&':
                to += "&amp;";
                break;
            case '<':
                to += "&lt;";
                break;
            case '>':
                to += "&gt;";
                break;
            case '"':
                to += "&quot;";
                break;
            case '\'':
                to += "&#39;";
                break;
            default:
                to += character;
        }
    }
}

}  // namespace

void append_html(std::string& to, std::string_view text) {
    std::string line;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        line.clear();
        append_terminal_text(line, text.substr(0, end), controls::dropped, false);
        append_escaped_html(to, line);
        if (end < text.size()) to += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::string html(std::string_view text) {
    std::string made;
    append_html(made, text);
    return made;
}

std::string policy_hash(std::string_view content) {
    stream_digest digest;
    digest.add(content);
    std::string hash = "sha256-";
    append_base64(hash, digest.finish());
    return hash;
}

}  // namespace muster::output
