// SPDX-License-Identifier: MIT
// Measures and shortens text, one character of UTF-8 at a time.
#include "output/terminal/text_width.hpp"

#include <algorithm>
#include <iterator>

#include "output/terminal/sanitise.hpp"
#include "output/terminal/utf8.hpp"

namespace muster::output {

namespace {

struct range {
    char32_t first, last;
};

constexpr range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},
    {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},
    {0x26ce, 0x26ce},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},
    {0x26fa, 0x26fa},   {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff}, {0x1f004, 0x1f004},
    {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f7e0, 0x1f7f0}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};
constexpr range combining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},  {0x64b, 0x65f},
                               {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

/// Soft hyphens, Hangul fillers, marks that join and split, variation selectors, invisible operators, tags.
constexpr range unsettled[] = {{0xad, 0xad},     {0x115f, 0x1160}, {0x180b, 0x180f},  {0x200b, 0x200f},
                               {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},  {0xfeff, 0xfeff},
                               {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};

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

/// As much of the end as fits.
std::string_view end_of(std::string_view text, std::size_t columns) noexcept {
    auto const size = columns_of_text(text);
    if (size <= columns) return text;
    auto end = text.substr(offset_at(text, size - columns));
    if (columns_of_text(end) > columns) end.remove_prefix(first_char(end).size);  // half of a wide character
    return end;
}

bool is_of_known_width(utf8_char character) noexcept {
    if (character.form != utf8_form::valid) return false;
    bool const is_control = character.value < 0x20 || character.value == 0x7f || is_hidden_control(character.value);
    return !is_control && !is_in(std::size(unsettled), unsettled, character.value);
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
    return (made += ellipsis) += end_of(text, behind);
}

std::string shortened_around(std::string_view text, std::size_t first, std::size_t last, std::size_t columns,
                             std::string_view ellipsis) {
    auto const front = text.substr(0, first), kept = text.substr(first, last - first), back = text.substr(last);
    auto const before = columns_of_text(front), behind = columns_of_text(back), least = columns_of_text(kept);
    if (least + (before > 0 ? 1 : 0) + (behind > 0 ? 1 : 0) > columns) return {};
    auto const room = columns - least;
    auto const half = behind == 0 ? room : std::max(room / 2, room - std::min(room, behind));
    auto const of_front = std::min(before, half);
    std::string made(of_front < before ? ellipsis : "");
    (made += end_of(front, of_front < before ? of_front - 1 : before)) += kept;
    return made += cut_off(back, room - of_front, ellipsis);
}

std::string of_known_width(std::string_view text) {
    std::string made;
    while (!text.empty()) {
        auto const character = first_char(text);
        if (is_of_known_width(character)) {
            made += text.substr(0, character.size);
        } else {
            made.append(character.form == utf8_form::valid ? columns_of(character.value) : 1, ' ');
        }
        text.remove_prefix(character.size);
    }
    return made;
}

std::string cut_off(std::string_view text, std::size_t columns, std::string_view ellipsis) {
    if (columns == 0) return {};
    if (columns_of_text(text) <= columns) return std::string(text);
    return std::string(clipped(text, columns - 1)) += ellipsis;
}

}  // namespace muster::output
