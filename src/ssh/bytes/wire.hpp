// SPDX-License-Identifier: MIT
// The data types of the SSH protocol (RFC 4251 section 5) and base64: reading what others sent, writing what is sent.
#pragma once

#include "ssh/bytes/secret.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ssh {

using bytes = std::vector<unsigned char>;
using byte_view = std::span<unsigned char const>;

inline byte_view view_of(std::string_view text) noexcept {
    return {reinterpret_cast<unsigned char const*>(text.data()), text.size()};
}
inline std::string_view text_of(byte_view data) noexcept {
    return {reinterpret_cast<char const*>(data.data()), data.size()};
}

/// Data that ends early, or a length that can't be true.
struct wire_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads one value after the other from data that outlives it. Every function throws wire_error when too little is
/// left; what they return points into the data.
class wire_reader {
  public:
    explicit wire_reader(byte_view data) noexcept : rest_(data) {}

    std::uint8_t u8();
    std::uint32_t u32();
    byte_view string();
    std::string_view text() { return text_of(string()); }
    byte_view mpint();  ///< magnitude of a number, big endian, without leading zeros; throws for a negative one
    byte_view take(std::size_t size);

    byte_view rest() const noexcept { return rest_; }
    bool empty() const noexcept { return rest_.empty(); }

  private:
    byte_view rest_;
};

/// Builds a message. Nothing is wiped: not for secrets.
class wire_writer {
  public:
    wire_writer& u8(std::uint8_t value);
    wire_writer& u32(std::uint32_t value);
    wire_writer& string(byte_view data);
    wire_writer& string(std::string_view text) { return string(view_of(text)); }
    wire_writer& mpint(byte_view magnitude);  ///< big endian, leading zeros allowed, never negative

    bytes const& data() const noexcept { return data_; }
    bytes take() noexcept { return std::move(data_); }

  private:
    bytes data_;
};

/// RFC 4648 section 4, on one line, with padding.
std::string base64(byte_view data);

/// The reverse. Nothing for text that is not base64 as base64() would write it: padding is needed, white space not
/// allowed.
std::optional<bytes> from_base64(std::string_view text);
std::optional<secret_bytes> secret_from_base64(std::string_view text);

}  // namespace muster::ssh
