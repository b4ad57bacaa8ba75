// SPDX-License-Identifier: MIT
// Between SSH's fields of a key and libcrypto's key object; signing and its encodings.
#pragma once

#include "ssh/bytes/libcrypto.hpp"
#include "ssh/bytes/secret.hpp"
#include "ssh/bytes/wire.hpp"

#include <string_view>

namespace muster::ssh {

/// A key of a type, format or size that can't be used; `what()` says which.
struct unsupported_key : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Throws unsupported_key for a type that no file's key can have here.
void require_usable_type(std::string_view type);

/// Reads the fields of a private key of `type` (PROTOCOL.key, PROTOCOL.agent), leaving the reader behind them. Throws
/// wire_error, crypto_error or unsupported_key.
pkey_handle read_private_fields(std::string_view type, wire_reader& fields);

/// The public key as SSH sends it. Throws unsupported_key.
bytes public_blob_of(EVP_PKEY* key);

/// The signature as SSH sends it, without the algorithm's name. `algorithm` must fit the key and not be SHA-1's; throws
/// std::invalid_argument, crypto_error.
bytes sign_with(EVP_PKEY* key, byte_view data, std::string_view type, std::string_view algorithm);

/// The seed and the public half of an Ed25519 key, which libsodium signs with; empty for a key of another type.
secret_bytes ed25519_secret_of(EVP_PKEY* key);

/// The same signature as that of sign_with, in less than half the time.
bytes ed25519_signature(secret_bytes const& secret, byte_view data);

/// Whether `signature` (as sign_with makes it) over `data` is that of the public key `blob`. Throws unsupported_key for
/// a key or algorithm that is not accepted, such as one with SHA-1, wire_error and crypto_error for a damaged key.
bool signature_fits(byte_view blob, byte_view data, std::string_view algorithm, byte_view signature);

/// Whether a signature made with the private half fits the public one.
bool halves_fit(EVP_PKEY* key);

}  // namespace muster::ssh
