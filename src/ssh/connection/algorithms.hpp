// SPDX-License-Identifier: MIT
// The algorithms that a connection offers: the endpoint's, or muster's own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <muster/endpoint.hpp>

namespace muster::ssh {

/// Comma lists, by preference (RFC 4253 section 7.1).
struct offered_algorithms {
    std::string key_exchange;
    std::string host_key;
    std::string cipher;
    std::string mac;
};

/// Those of `known_types`, the kinds of keys that are known for the host, come first among the algorithms for its key,
/// unless the endpoint's order is to be kept and they are not insisted on. Those for certificates are offered only
/// `with_certificates`, and then before them.
offered_algorithms algorithms_of(endpoint const& endpoint, std::vector<std::string> const& known_types, bool insist,
                                 bool with_certificates = false);

/// The algorithms that a key of this type (also a certificate's) may sign a login with, by preference: those of
/// PubkeyAcceptedAlgorithms. They point into `where`, or are static.
std::vector<std::string_view> allowed_signature_algorithms(endpoint const& endpoint, std::string_view key_type);

}  // namespace muster::ssh
