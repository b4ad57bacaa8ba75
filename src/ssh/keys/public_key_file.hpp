// SPDX-License-Identifier: MIT
// The files that hold a public key.
#pragma once

#include "ssh/keys/public_key.hpp"

#include <optional>
#include <string>

namespace muster::ssh {

/// The public key that `path` stands for, without a passphrase: `path` itself when it holds a public key (as ssh allows
/// with an agent), else `path`.pub, else the public half that an OpenSSH private key file carries unencrypted. Nothing
/// when there is none. Also reads certificates (KEY-cert.pub). Blocks on the file.
std::optional<public_key> read_public_key(std::string const& path);

}  // namespace muster::ssh
