// SPDX-License-Identifier: MIT
// What a server says it can do at the start of the key exchange, read for the error text when nothing of it will do.
#pragma once

#include <string>
#include <string_view>

#include "ssh/connection/algorithms.hpp"

namespace muster::ssh {

/// "no common cipher; the server offers: aes128-cbc,3des-cbc", for the first kind that has nothing in common with
/// `ours`. Empty: everything has, or `packet`, the server's first one (RFC 4253 section 6), is no whole
/// SSH_MSG_KEXINIT.
std::string no_common_algorithm(std::string_view packet, offered_algorithms const& ours);

}  // namespace muster::ssh
