// SPDX-License-Identifier: MIT
// OpenSSH's own private key format (PROTOCOL.key): the public half, and the private one decrypted.
#pragma once

#include "ssh/bytes/secret.hpp"
#include "ssh/bytes/wire.hpp"
#include "ssh/keys/public_key.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace muster::ssh {

/// Whether the content is a key in this format.
bool is_openssh_key(std::string_view content) noexcept;

/// The public key, which is never encrypted, without a comment. Nothing when the content is no such key.
std::optional<public_key> openssh_public_half(std::string_view content);

/// A key file of this format, opened.
struct openssh_key {
    bytes public_blob;
    secret_bytes fields;  ///< key type, the fields of that type, comment, padding
};

/// Throws key_error for `name`: malformed, encrypted (no passphrase given), wrong_passphrase or unsupported (cipher).
/// Takes 0.1 s and more when encrypted.
openssh_key open_openssh_key(std::string_view content, std::string const& name, std::string_view passphrase);

}  // namespace muster::ssh
