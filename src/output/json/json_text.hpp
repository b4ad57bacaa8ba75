// SPDX-License-Identifier: MIT
// The pieces JSON Lines are made of (RFC 8259, RFC 4648, RFC 3339), as text that can be written in parts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace muster::output {

/// Appends the inside of a JSON string. `text` must be UTF-8 and whole characters; what could drive a terminal is
/// escaped too, which changes nothing of what a parser reads.
void append_escaped(std::string& to, std::string_view text);

/// Appends base64, padded. In parts: each but the last must be a multiple of 3 bytes long.
void append_base64(std::string& to, std::string_view bytes);

/// "2026-11-21T05:36:39.123Z"
std::string rfc3339(std::chrono::system_clock::time_point when);
std::string rfc3339_now();

/// One object, its members in the order they are given.
class json_object {
  public:
    /// Appends to `to`, which must live longer, and begins with `{`.
    explicit json_object(std::string& to);

    json_object& number(std::string_view key, std::int64_t value);
    json_object& boolean(std::string_view key, bool value);
    json_object& null(std::string_view key);
    /// Bytes that are not UTF-8 become U+FFFD.
    json_object& string(std::string_view key, std::string_view value);
    /// A list of such strings.
    json_object& strings(std::string_view key, std::span<std::string const> values);
    /// null when empty.
    json_object& string_or_null(std::string_view key, std::string_view value);
    /// The caller appends the value to what this returns.
    std::string& key(std::string_view key);
    /// `}`: the object is a value inside another.
    void close();
    /// `}` and a line feed.
    void end();

  private:
    std::string& to_;
    bool empty_ = true;
};

}  // namespace muster::output
