// SPDX-License-Identifier: MIT
// A private key from a file: parsed once, then signs for any number of hosts.
#pragma once

#include "ssh/bytes/secret.hpp"
#include "ssh/bytes/wire.hpp"
#include "ssh/keys/key_error.hpp"
#include "ssh/keys/public_key.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ssh {

/// A key that is ready to sign: ed25519, ecdsa over the NIST curves of 256, 384 and 521 bits, rsa from 1024 bits.
/// Copies share the key; one object may be used by several threads. The secret is wiped with the last copy.
class private_key {
  public:
    /// Reads OpenSSH's own format, PEM and PKCS #8; an empty passphrase is none. Blocks on the file, and for an
    /// encrypted key 0.1 s or more on the key derivation: not for the loop. Throws key_error.
    static private_key read(std::string const& path, std::string_view passphrase = {});

    /// The same for the content of a file, which `name` stands for in errors. For a key that is read once and opened
    /// later, when its passphrase is known.
    static private_key parse(std::string_view content, std::string const& name, std::string_view passphrase = {});

    /// As on the wire.
    byte_view public_blob() const noexcept;
    /// The key type: "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", ...
    std::string_view type() const noexcept;
    /// From the file, empty where the format has none; not safe to print as it is.
    std::string const& comment() const noexcept;
    /// The signature algorithms it can use, best first: its type, or "rsa-sha2-512" and "rsa-sha2-256", without SHA-1.
    std::vector<std::string_view> algorithms() const;

    /// The signature of `data` without the algorithm's name around it: what a libssh2 sign callback returns. ECDSA:
    /// mpint r, mpint s (RFC 5656 section 3.1.2). Throws std::invalid_argument for an algorithm that is neither one of
    /// algorithms() nor "ssh-rsa" (SHA-1) with an RSA key, and std::runtime_error when libcrypto fails. About
    /// 0.02 ms for ed25519, 1.5 ms for rsa of 3072 bits.
    bytes sign(byte_view data, std::string_view algorithm) const;

  private:
    struct state;
    explicit private_key(std::shared_ptr<state const> with) noexcept : state_(std::move(with)) {}
    std::shared_ptr<state const> state_;
};

/// The content of a private key file, after the checks ssh makes: it is a file, it can be read, no one else can, and it
/// is not larger than a key can be. Throws key_error.
secret_text read_key_file(std::string const& path);

}  // namespace muster::ssh
