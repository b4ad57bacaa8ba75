// SPDX-License-Identifier: MIT
// UTF-8 as RFC 3629 defines it.
#include "output/terminal/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace muster::output {

namespace {

/// What a first byte promises: the size of the character and the range of its second byte (RFC 3629 section 4).
struct lead {
    unsigned size;
    unsigned char low, high;
};

lead lead_of(unsigned char byte) noexcept {
    if (byte < 0x80) return {1, 0, 0};
    if (byte < 0xc2) return {0, 0, 0};
    if (byte < 0xe0) return {2, 0x80, 0xbf};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte < 0xf0) return {3, 0x80, 0xbf};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte < 0xf4) return {4, 0x80, 0xbf};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

std::size_t ascii_prefix(std::string_view bytes) noexcept {
    std::size_t position = 0;
    for (; position + 8 <= bytes.size(); position += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data() + position, 8);
        if (word & 0x8080808080808080u) break;
    }
    while (position < bytes.size() && static_cast<unsigned char>(bytes[position]) < 0x80) ++position;
    return position;
}

}  // namespace

utf8_char first_char(std::string_view bytes) noexcept {
    auto const first = static_cast<unsigned char>(bytes[0]);
    auto const [size, low, high] = lead_of(first);
    if (size == 0) return {utf8_form::invalid, 1, 0};
    if (size == 1) return {utf8_form::valid, 1, first};
    char32_t value = first & (0xffu >> (size + 1));
    for (unsigned i = 1; i < size; ++i) {
        if (i == bytes.size()) return {utf8_form::incomplete, i, 0};
        auto const next = static_cast<unsigned char>(bytes[i]);
        if (next < (i == 1 ? low : 0x80) || next > (i == 1 ? high : 0xbf)) return {utf8_form::invalid, 1, 0};
        value = (value << 6) | (next & 0x3fu);
    }
    return {utf8_form::valid, size, value};
}

std::size_t incomplete_tail(std::string_view bytes) noexcept {
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
        auto const tail = bytes.substr(bytes.size() - back);
        if (lead_of(static_cast<unsigned char>(tail[0])).size > 1) {
            return first_char(tail).form == utf8_form::incomplete ? back : 0;
        }
    }
    return 0;
}

void utf8_check::add(std::string_view bytes) noexcept {
    if (held_size_ > 0) bytes = finish_held(bytes);
    while (good_ && !bytes.empty()) {
        bytes.remove_prefix(ascii_prefix(bytes));
        if (bytes.empty()) return;
        auto const [form, size, value] = first_char(bytes);
        if (form == utf8_form::invalid) good_ = false;
        if (form == utf8_form::incomplete) {
            held_size_ = size;
            std::copy_n(bytes.begin(), size, held_.begin());
        }
        bytes.remove_prefix(size);
    }
}

std::string_view utf8_check::finish_held(std::string_view bytes) noexcept {
    while (held_size_ > 0 && !bytes.empty()) {
        held_[held_size_++] = bytes.front();
        bytes.remove_prefix(1);
        auto const form = first_char({held_.data(), held_size_}).form;
        if (form == utf8_form::invalid) good_ = false;
        if (form != utf8_form::incomplete) held_size_ = 0;
    }
    return bytes;
}

}  // namespace muster::output
