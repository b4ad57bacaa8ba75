// SPDX-License-Identifier: MIT
// Reading and writing the data types of the SSH protocol, and base64.
#include "ssh/bytes/wire.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace muster::ssh {

byte_view wire_reader::take(std::size_t size) {
    if (size > rest_.size()) throw wire_error("ends too early");
    auto const taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

std::uint8_t wire_reader::u8() {
    return take(1)[0];
}

std::uint32_t wire_reader::u32() {
    auto const b = take(4);
    return std::uint32_t{b[0]} << 24U | std::uint32_t{b[1]} << 16U | std::uint32_t{b[2]} << 8U | b[3];
}

byte_view wire_reader::string() {
    auto const size = u32();
    return take(size);
}

byte_view wire_reader::mpint() {
    auto number = string();
    if (!number.empty() && (number[0] & 0x80U) != 0) throw wire_error("has a negative number");
    while (!number.empty() && number[0] == 0) number = number.subspan(1);
    return number;
}

wire_writer& wire_writer::u8(std::uint8_t value) {
    data_.push_back(value);
    return *this;
}

wire_writer& wire_writer::u32(std::uint32_t value) {
    for (auto shift : {24U, 16U, 8U, 0U}) data_.push_back(static_cast<unsigned char>(value >> shift));
    return *this;
}

wire_writer& wire_writer::string(byte_view data) {
    u32(static_cast<std::uint32_t>(data.size()));
    data_.insert(data_.end(), data.begin(), data.end());
    return *this;
}

wire_writer& wire_writer::mpint(byte_view magnitude) {
    while (!magnitude.empty() && magnitude[0] == 0) magnitude = magnitude.subspan(1);
    bool const padded = !magnitude.empty() && (magnitude[0] & 0x80U) != 0;
    u32(static_cast<std::uint32_t>(magnitude.size() + (padded ? 1 : 0)));
    if (padded) data_.push_back(0);
    data_.insert(data_.end(), magnitude.begin(), magnitude.end());
    return *this;
}

std::string base64(byte_view data) {
    std::string text((data.size() + 2) / 3 * 4 + 1, '\0');  // libcrypto adds a NUL
    auto* const out = reinterpret_cast<unsigned char*>(text.data());
    auto const size = EVP_EncodeBlock(out, data.data(), static_cast<int>(data.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

namespace {

constexpr auto base64_values = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    std::string_view const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<signed char>(i);
    return values;
}();

template <class Bytes>
std::optional<Bytes> decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    auto digits = text;
    while (!digits.empty() && digits.back() == '=' && text.size() - digits.size() < 2) digits.remove_suffix(1);

    Bytes data;
    data.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (auto const c : digits) {
        auto const value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            data.push_back(static_cast<unsigned char>(bits >> count));
        }
    }
    bool const leftover = (bits & ((1U << count) - 1)) != 0;  // bits that belong to no byte
    if (leftover) return std::nullopt;
    return data;
}

}  // namespace

std::optional<bytes> from_base64(std::string_view text) {
    return decode<bytes>(text);
}

std::optional<secret_bytes> secret_from_base64(std::string_view text) {
    return decode<secret_bytes>(text);
}

}  // namespace muster::ssh
