// SPDX-License-Identifier: MIT
// The pieces JSON Lines are made of.
#include "output/json/json_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "output/terminal/sanitise.hpp"
#include "output/terminal/utf8.hpp"

namespace muster::output {

namespace {

/// The first bytes of characters that may need escaping; all others are copied.
constexpr auto may_need_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t control = 0; control < 0x20; ++control) table[control] = true;
    // 0xc2, 0xd8 and 0xe2 begin all hidden controls (and much harmless text).
    for (unsigned char const byte : {'"', '\\', '\x7f', '\xc2', '\xd8', '\xe2'}) table[byte] = true;
    return table;
}();

/// Eight bytes at once: none of them is a control character, a quote, a backslash, or more than ASCII.
bool all_plain(char const* bytes) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    auto const zero = [](std::uint64_t value) { return (value - each) & ~value; };
    auto const found =
        word | (word - 0x20 * each) | zero(word ^ '"' * each) | zero(word ^ '\\' * each) | zero(word ^ 0x7f * each);
    return (found & 0x80 * each) == 0;
}

constexpr std::size_t block = 16;

/// Likewise a block, in a form that compilers turn into a few vector instructions.
bool block_is_plain(char const* bytes) noexcept {
    std::array<unsigned char, block> special;
    for (std::size_t i = 0; i < block; ++i) {
        auto const byte = static_cast<unsigned char>(bytes[i]);
        special[i] = static_cast<unsigned char>((byte < 0x20) | (byte >= 0x7f) | (byte == '"') | (byte == '\\'));
    }
    std::array<std::uint64_t, block / 8> words;
    std::memcpy(words.data(), special.data(), block);
    return (words[0] | words[1]) == 0;
}

/// How many bytes at the front are copied as they are.
std::size_t plain_prefix(std::string_view text) noexcept {
    std::size_t size = 0;
    while (size < text.size()) {
        while (size + block <= text.size() && block_is_plain(text.data() + size)) size += block;
        if (size + 8 <= text.size() && all_plain(text.data() + size)) size += 8;
        for (auto const end = std::min(text.size(), size + 8); size < end; ++size)
            if (may_need_escape[static_cast<unsigned char>(text[size])]) return size;
    }
    return size;
}

void append_char(std::string& to, utf8_char character, std::string_view bytes) {
    switch (character.value) {
        case '"':
            to += "\\\"";
            return;
        case '\\':
            to += "\\\\";
            return;
        case '\n':
            to += "\\n";
            return;
        case '\r':
            to += "\\r";
            return;
        case '\t':
            to += "\\t";
            return;
        default:
            break;
    }
    if (character.value < 0x20 || character.value == 0x7f || is_hidden_control(character.value)) {
        fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(character.value));
    } else {
        to += bytes;
    }
}

/// `bytes` with U+FFFD for each byte that is no part of a character.
std::string repaired(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        auto const character = first_char(bytes);
        text += character.form == utf8_form::valid ? bytes.substr(0, character.size) : "\xef\xbf\xbd";
        bytes.remove_prefix(character.size);
    }
    return text;
}

/// With its quotes, whatever its bytes are.
void append_string(std::string& to, std::string_view bytes) {
    utf8_check check;
    check.add(bytes);
    to += '"';
    append_escaped(to, check.valid() ? std::string(bytes) : repaired(bytes));
    to += '"';
}

}  // namespace

void append_escaped(std::string& to, std::string_view text) {
    while (!text.empty()) {
        auto const plain = plain_prefix(text);
        to += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        if (text[0] == '\n') {  // by far the most
            to += "\\n";
            text.remove_prefix(1);
            continue;
        }
        auto const character = first_char(text);
        append_char(to, character, text.substr(0, character.size));
        text.remove_prefix(character.size);
    }
}

void append_base64(std::string& to, std::string_view bytes) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    auto const at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned const group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        to += alphabet[group >> 18];
        to += alphabet[(group >> 12) & 63];
        to += i + 1 < bytes.size() ? alphabet[(group >> 6) & 63] : '=';
        to += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
    }
}

std::string rfc3339(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    auto const whole = floor<seconds>(when);
    auto const part = duration_cast<milliseconds>(when - whole).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(whole)), part);
}

std::string rfc3339_now() {
    return rfc3339(std::chrono::system_clock::now());
}

json_object::json_object(std::string& to) : to_(to) {
    to_ += '{';
}

json_object& json_object::number(std::string_view name, std::int64_t value) {
    key(name);
    to_ += std::to_string(value);
    return *this;
}

json_object& json_object::boolean(std::string_view name, bool value) {
    key(name);
    to_ += value ? "true" : "false";
    return *this;
}

json_object& json_object::null(std::string_view name) {
    key(name);
    to_ += "null";
    return *this;
}

json_object& json_object::string(std::string_view name, std::string_view value) {
    append_string(key(name), value);
    return *this;
}

json_object& json_object::strings(std::string_view name, std::span<std::string const> values) {
    key(name) += '[';
    for (auto const& value : values) {
        if (&value != values.data()) to_ += ',';
        append_string(to_, value);
    }
    to_ += ']';
    return *this;
}

json_object& json_object::string_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? null(name) : string(name, value);
}

std::string& json_object::key(std::string_view name) {
    if (!empty_) to_ += ',';
    empty_ = false;
    to_ += '"';
    to_ += name;
    to_ += "\":";
    return to_;
}

void json_object::close() {
    to_ += '}';
}

void json_object::end() {
    close();
    to_ += '\n';
}

}  // namespace muster::output
