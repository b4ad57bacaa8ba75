// SPDX-License-Identifier: MIT
// Quotes a word as little as it can.
#include "output/terminal/shown_word.hpp"

#include <algorithm>

#include "output/terminal/utf8.hpp"
#include "shell/quoting.hpp"

namespace muster::output {

namespace {

bool is_shown(utf8_char character, charset known) noexcept {
    if (character.form != utf8_form::valid) return false;
    if (character.value < 0x80) return character.value >= 0x20 && character.value != 0x7f;
    return known == charset::utf8 && !is_hidden_control(character.value);
}

bool is_shown(std::string_view text, charset known) noexcept {
    while (!text.empty()) {
        auto const character = first_char(text);
        if (!is_shown(character, known)) return false;
        text.remove_prefix(character.size);
    }
    return true;
}

void append_escaped(std::string& to, std::string_view character) {
    if (character == "\n" || character == "\t") {
        to += character == "\n" ? "\\n" : "\\t";
        return;
    }
    for (char const byte : character) to += '\\' + shell::octal(static_cast<unsigned char>(byte));
}

/// $'...'
std::string escaped_word(std::string_view text, charset known) {
    std::string word = "$'";
    while (!text.empty()) {
        auto const character = first_char(text);
        auto const bytes = text.substr(0, character.size);
        if (!is_shown(character, known)) {
            append_escaped(word, bytes);
        } else {
            word.append(bytes == "'" || bytes == "\\" ? "\\" : "").append(bytes);
        }
        text.remove_prefix(character.size);
    }
    return word + '\'';
}

}  // namespace

std::string shown_word(std::string_view text, charset known) {
    if (!is_shown(text, known)) return escaped_word(text, known);
    bool const plain = std::ranges::all_of(text, [](char c) { return shell::is_plain(c) || c == '='; });
    return plain && !text.empty() ? std::string(text) : shell::quoted(text);
}

}  // namespace muster::output
