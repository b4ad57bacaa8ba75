// SPDX-License-Identifier: MIT
// The keys of a RevokedHostKeys file: a key revocation list (PROTOCOL.krl, ssh-keygen -k), or public keys as text, one
// a line.
#pragma once

#include "ssh/bytes/wire.hpp"
#include "ssh/keys/certificate.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace muster::ssh {

/// The file is missing, can't be read, or is damaged: what it revokes is unknown, and ssh then trusts no host.
/// `what()` names the file and the reason.
struct revoked_keys_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class revoked_keys {
  public:
    revoked_keys() = default;
    /// Blocks on the file. Throws revoked_keys_error.
    static revoked_keys read(std::string const& file);
    /// The same for the content of a file, which `name` stands for in errors.
    static revoked_keys parse(std::string_view content, std::string const& name);

    /// Whether the key is revoked, by itself or by its fingerprint.
    bool contains(byte_view key) const;

    /// Whether the certificate is revoked: by its serial number or key ID, by its key, or by its authority.
    bool contains(certificate const& certificate) const;

  private:
    /// The certificates of one authority that are revoked. Serial numbers are ranges, first to last.
    struct revoked_certificates {
        bytes authority;  ///< empty: any
        std::vector<std::pair<std::uint64_t, std::uint64_t>> serials;
        std::unordered_set<std::string> key_ids;
    };

    void read_list(byte_view list);
    void read_section(std::uint8_t type, byte_view content);
    void read_lines(std::string_view content);
    void read_certificates(byte_view content);
    static void read_certificate_section(std::uint8_t type, byte_view content, revoked_certificates& into);

    std::unordered_set<std::string> blobs_;
    std::unordered_set<std::string> sha1_;
    std::unordered_set<std::string> sha256_;
    std::vector<revoked_certificates> certificates_;
};

}  // namespace muster::ssh
