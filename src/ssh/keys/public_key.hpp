// SPDX-License-Identifier: MIT
// Public keys as SSH sends them (RFC 4253 section 6.6), and how they are called for users.
#pragma once

#include "ssh/bytes/wire.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace muster::ssh {

struct public_key {
    bytes blob;           ///< as on the wire
    std::string comment;  ///< free text from the file or the agent: not safe to print as it is

    /// The key type the blob starts with, such as "ssh-ed25519" or "ssh-rsa-cert-v01@openssh.com"; points into blob.
    std::string_view type() const noexcept;
};

/// The key type a blob starts with; empty when it starts with none (no text of 1 to 64 printable characters).
std::string_view key_type(byte_view blob) noexcept;

/// "SHA256:..." as ssh and ssh-keygen -l print it.
std::string fingerprint(byte_view blob);

/// The short name ssh shows for a key type: ED25519, ECDSA, RSA, DSA, ED25519-SK, ECDSA-SK, with "-CERT" for a
/// certificate; the type itself where there is none.
std::string key_type_label(std::string_view type);

/// The algorithm or key type under a certificate's ("...-cert-v01@openssh.com"); any other as it is.
std::string plain_algorithm(std::string_view algorithm);

/// The length of the modulus of an RSA key or certificate; 0 for any other.
std::size_t rsa_bits(byte_view blob) noexcept;

/// Whether the blob has the fields of its type and nothing else; a type that is not known here is taken as it is.
bool well_formed(byte_view blob) noexcept;

/// One line "type base64 comment" as in id_ed25519.pub; nothing when it is not one.
std::optional<public_key> parse_public_key(std::string_view line);

}  // namespace muster::ssh
