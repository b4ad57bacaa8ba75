// SPDX-License-Identifier: MIT
// The algorithm that a key signs a login with: one that is allowed here and that the server takes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace muster::ssh {

/// What the server has said about signatures.
struct server_signatures {
    std::optional<std::string> algorithms;  ///< its server-sig-algs (RFC 8308 section 3.1); nothing: it sent none
    std::string banner;                     ///< its identification string
};

/// As ssh chooses, but an RSA key also signs with SHA-2 for a server that sent no list. `allowed` holds algorithms of
/// the key's type, by preference, and lives as long as what is returned. Empty: there is no mutual algorithm.
std::string_view signature_algorithm(std::string_view key_type, std::span<std::string_view const> allowed,
                                     server_signatures const& server);

}  // namespace muster::ssh
