// SPDX-License-Identifier: MIT
// Escapes text line by line.
#include "output/page/html_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include <muster/error.hpp>

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
        append_terminal_text(line, text.substr(0, end), controls::dropped, false, charset::utf8);
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
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw error(exit_status::local_error, "libcrypto has no SHA-256, by which a page names its own script");
    std::string hash = "sha256-";
    append_base64(hash, {reinterpret_cast<char const*>(digest.data()), size});
    return hash;
}

}  // namespace muster::output
