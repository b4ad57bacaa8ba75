// SPDX-License-Identifier: MIT
// SHA-1 (RFC 3174), for the token %C only: it names files and protects nothing.
#pragma once

#include <string>
#include <string_view>

namespace muster::ssh_config {

/// The digest in lower-case hexadecimal.
std::string sha1_hex(std::string_view text);

}  // namespace muster::ssh_config
