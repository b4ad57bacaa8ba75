// SPDX-License-Identifier: MIT
// Measures and shortens text, one character of UTF-8 at a time.
#include "output/terminal/text_width.hpp"

#include <algorithm>
#include <iterator>

#include "output/terminal/utf8.hpp"

namespace muster::output {

namespace {

struct range {
    char32_t first, last;
};

constexpr range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},  {0x3400, 0x4dbf},
                          {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
                          {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                          {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
constexpr range combining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},  {0x64b, 0x65f},
                               {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

bool is_in(std::size_t count, range const* ranges, char32_t character) noexcept {
    return std::any_of(ranges, ranges + count,
                       [=](range range) { return character >= range.first && character <= range.last; });
}

/// The offset behind the characters that fit into so many columns.
std::size_t offset_at(std::string_view text, std::size_t columns) noexcept {
    std::size_t offset = 0;
    while (offset < text.size()) {
        auto const character = first_char(text.substr(offset));
        auto const width = character.form == utf8_form::valid ? columns_of(character.value) : 1;
        if (width > columns) break;
        columns -= width;
        offset += character.size;
    }
    return offset;
}

}  // namespace

std::size_t columns_of(char32_t character) noexcept {
    if (character < 0x300) return 1;
    if (is_in(std::size(combining), combining, character)) return 0;
    return is_in(std::size(wide), wide, character) ? 2 : 1;
}

std::size_t columns_of_text(std::string_view text) noexcept {
    std::size_t columns = 0;
    while (!text.empty()) {
        auto const character = first_char(text);
        columns += character.form == utf8_form::valid ? columns_of(character.value) : 1;
        text.remove_prefix(character.size);
    }
    return columns;
}

std::string_view clipped(std::string_view text, std::size_t columns) noexcept {
    return text.substr(0, offset_at(text, columns));
}

std::string shortened(std::string_view text, std::size_t columns, std::string_view ellipsis) {
    auto const size = columns_of_text(text);
    if (size <= columns) return std::string(text);
    if (columns == 0) return {};
    auto const behind = std::min(columns / 2, columns - 1);
    std::string made(clipped(text, columns - 1 - behind));
    made += ellipsis;
    auto end = text.substr(offset_at(text, size - behind));
    if (columns_of_text(end) > behind) end.remove_prefix(first_char(end).size);  // half of a wide character
    return made += end;
}

std::string cut_off(std::string_view text, std::size_t columns, std::string_view ellipsis) {
    if (columns == 0) return {};
    if (columns_of_text(text) <= columns) return std::string(text);
    return std::string(clipped(text, columns - 1)) += ellipsis;
}

}  // namespace muster::output
