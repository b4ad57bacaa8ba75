// SPDX-License-Identifier: MIT
// Makes bytes of a peer harmless on a terminal.
#include "output/terminal/sanitise.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "output/terminal/utf8.hpp"

namespace muster::output {

namespace {

constexpr auto is_plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = ' '; byte < 0x7f; ++byte) table[byte] = true;
    table['\t'] = true;
    return table;
}();

/// How many bytes at the front are copied as they are.
std::size_t plain_prefix(std::string_view bytes) noexcept {
    std::size_t size = 0;
    while (size < bytes.size() && is_plain[static_cast<unsigned char>(bytes[size])]) ++size;
    return size;
}

void append_hex(std::string& to, unsigned value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) to += "0123456789abcdef"[(value >> shift) & 0xfu];
}

void append_byte(std::string& to, char byte) {
    to += "\\x";
    append_hex(to, static_cast<unsigned char>(byte), 2);
}

std::atomic<charset> noted_charset = charset::utf8;

/// A line feed and two lines, the second with nothing but a mark. The size of `text`: there is none.
std::size_t begin_of_excerpt(std::string_view text) noexcept {
    auto const mark = text.rfind('\n');
    if (mark == std::string_view::npos || mark == 0) return text.size();
    auto const below = text.substr(mark + 1);
    if (!below.ends_with('^') || below.find_first_not_of(' ') + 1 != below.size()) return text.size();
    return std::min(text.rfind('\n', mark - 1), text.size());
}

void append_char(std::string& to, utf8_char character, std::string_view bytes, charset known) {
    if (character.form != utf8_form::valid || (known == charset::ascii && bytes.size() > 1)) {
        for (char const byte : bytes) append_byte(to, byte);
    } else if (character.value < 0x80) {
        append_byte(to, bytes[0]);
    } else if (is_hidden_control(character.value)) {
        to += "\\u";
        append_hex(to, character.value, 4);
    } else {
        to += bytes;
    }
}

}  // namespace

bool is_hidden_control(char32_t value) noexcept {
    return (value >= 0x80 && value <= 0x9f) || value == 0x61c || value == 0x200e || value == 0x200f ||
           (value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
}

charset charset_of_terminal() noexcept {
    return noted_charset;
}

void note_charset(charset of_terminal) noexcept {
    noted_charset = of_terminal;
}

void append_sanitised(std::string& to, std::string_view bytes, charset known) {
    while (!bytes.empty()) {
        auto const plain = plain_prefix(bytes);
        to += bytes.substr(0, plain);
        bytes.remove_prefix(plain);
        if (bytes.empty()) return;
        auto const character = first_char(bytes);
        append_char(to, character, bytes.substr(0, character.size), known);
        bytes.remove_prefix(character.size);
    }
}

std::string sanitised_lines(std::string_view text) {
    std::string shown;
    for (;;) {
        auto const end = text.find('\n');
        append_sanitised(shown, text.substr(0, end));
        if (end == std::string_view::npos) return shown;
        shown += '\n';
        text.remove_prefix(end + 1);
    }
}

std::string sanitised_error(std::string_view text) {
    auto const excerpt = begin_of_excerpt(text);
    std::string shown;
    append_sanitised(shown, text.substr(0, excerpt));
    return shown + sanitised_lines(text.substr(excerpt));
}

std::string sanitised(std::string_view bytes, std::size_t limit) {
    std::string text;
    append_sanitised(text, bytes.substr(0, limit));
    if (bytes.size() <= limit && text.size() <= limit) return text;
    text.resize(std::min(text.size(), limit));
    text.resize(text.size() - incomplete_tail(text));
    return text + "...";
}

}  // namespace muster::output
