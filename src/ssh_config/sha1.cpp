// SPDX-License-Identifier: MIT
// SHA-1, section 6.1 of RFC 3174.
#include "ssh_config/sha1.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>

namespace muster::ssh_config {
namespace {

using state = std::array<std::uint32_t, 5>;

// The text, a one bit, zeros, and the length in bits: a multiple of 64 bytes.
std::string padded(std::string_view text) {
    std::string out(text);
    out += '\x80';
    out.append((120 - out.size() % 64) % 64, '\0');
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((std::uint64_t{text.size()} * 8) >> shift);
    return out;
}

std::array<std::uint32_t, 80> schedule(std::string_view block) {
    std::array<std::uint32_t, 80> words{};
    for (std::size_t i = 0; i < 64; ++i) words[i / 4] = words[i / 4] << 8u | static_cast<unsigned char>(block[i]);
    for (std::size_t i = 16; i < 80; ++i)
        words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    return words;
}

std::uint32_t mix(std::size_t round, state const& s) {
    if (round < 20) return ((s[1] & s[2]) | (~s[1] & s[3])) + 0x5a827999;
    if (round < 40) return (s[1] ^ s[2] ^ s[3]) + 0x6ed9eba1;
    if (round < 60) return ((s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])) + 0x8f1bbcdc;
    return (s[1] ^ s[2] ^ s[3]) + 0xca62c1d6;
}

void add_block(state& sum, std::string_view block) {
    auto const words = schedule(block);
    auto s = sum;
    for (std::size_t round = 0; round < 80; ++round)
        s = {std::rotl(s[0], 5) + mix(round, s) + s[4] + words[round], s[0], std::rotl(s[1], 30), s[2], s[3]};
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += s[i];
}

}  // namespace

std::string sha1_hex(std::string_view text) {
    state sum = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    auto const whole = padded(text);
    for (std::size_t position = 0; position < whole.size(); position += 64)
        add_block(sum, std::string_view(whole).substr(position, 64));
    return fmt::format("{:08x}{:08x}{:08x}{:08x}{:08x}", sum[0], sum[1], sum[2], sum[3], sum[4]);
}

}  // namespace muster::ssh_config
