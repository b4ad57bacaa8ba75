// SPDX-License-Identifier: MIT
// What may stand in a host's name and user: one place that says no to hostile text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::hosts {

/// Longest host name: DNS allows 253 bytes of text, known_hosts and file names 255.
inline constexpr std::size_t max_name_length = 255;

/// What is wrong with a text, and at which byte.
struct text_fault {
    std::string reason;
    std::size_t position;
};

/// Only letters (also those of other alphabets, in UTF-8), digits and `-_.+`, no `..`: the rule for every part of a
/// name that is no IPv6 address. Characters in `allowed` pass, too.
std::optional<text_fault> name_part_fault(std::string_view text, std::string_view allowed = {});

/// name_part_fault for the whole name, which begins with neither `-` nor `.`. With a colon in it, an IPv6
/// address and its zone. Nothing that passes can be an option, a path or a piece of shell.
std::optional<text_fault> name_fault(std::string_view name);

/// name_fault for a name that is to be looked up: ASCII only.
std::optional<text_fault> address_fault(std::string_view name);

/// The rule of ssh for login names: no leading `-`, no control characters, blanks, quotes or shell characters. Besides,
/// no set operators, and no `@` at either end: the name of a group never becomes part of a user's.
std::optional<text_fault> user_fault(std::string_view user);

/// 1 to 65535 in decimal digits; nothing else.
std::optional<std::uint16_t> to_port(std::string_view text);

/// `text` is an IPv6 address (RFC 4291 section 2.2), perhaps with a zone (RFC 4007 section 11).
bool is_ipv6(std::string_view text);

/// One spelling for all spellings of the same host: lower case, IPv6 addresses in their shortest form.
std::string canonical_name(std::string_view name);

/// ASCII only, as in DNS.
char to_lower(char c) noexcept;

/// The byte as an error message shows it: 'x', or its number.
std::string shown(char c);

/// `text` for a message: control characters and what is not ASCII become '?'.
std::string printable(std::string_view text);

}  // namespace muster::hosts
