// SPDX-License-Identifier: MIT
// OpenSSH's certificates (PROTOCOL.certkeys): taking one apart, and what it vouches for.
#pragma once

#include "ssh/bytes/wire.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster::ssh {

struct certificate {
    enum class purpose : std::uint32_t { user = 1, host = 2 };

    bytes plain_key;  ///< the certified key as it would be without a certificate
    std::uint64_t serial = 0;
    purpose kind = purpose::user;  ///< may be a number that is none of the two
    std::string key_id;
    std::vector<std::string> principals;  ///< names it is for; none: any
    std::uint64_t valid_after = 0;        ///< seconds since 1970
    std::uint64_t valid_before = 0;       ///< likewise, not included
    bool has_critical_options = false;
    bytes authority;    ///< the key that signed it
    bytes signed_part;  ///< what the signature is over
    bytes signature;
};

/// Whether a key type is a certificate's.
bool is_certificate(std::string_view type) noexcept;

/// Throws wire_error for anything but a whole certificate of a key type known here. Checks no signature.
certificate parse_certificate(byte_view blob);

/// The same; plain_key is empty when it is none.
bytes certified_key(byte_view blob) noexcept;

/// Nothing, or why the time is not right: "expired at 2026-11-27T04:00:00Z", "is not valid before ...".
std::string time_fault(certificate const& certificate, std::chrono::system_clock::time_point now);

/// Nothing when the certificate vouches that its key is `host`'s, or why it does not, by the rules of ssh: the
/// authority's signature (not with SHA-1), purpose, time, principals (exactly; none means any), no critical options.
/// Whether the authority may be trusted is another question.
std::string host_certificate_fault(certificate const& certificate, std::string_view host,
                                   std::chrono::system_clock::time_point now);

/// Nothing when the authority signed with one of these algorithms (comma-separated; empty: any), or why not.
std::string signature_algorithm_fault(certificate const& certificate, std::string_view allowed);

}  // namespace muster::ssh
