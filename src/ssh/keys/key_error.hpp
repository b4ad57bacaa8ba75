// SPDX-License-Identifier: MIT
// Why the file of a private key can't be used.
#pragma once

#include <stdexcept>
#include <string>

namespace muster::ssh {

/// Why a key file is of no use.
enum class key_fault {
    missing,           ///< no such file
    unreadable,        ///< may not be read, or reading failed
    directory,         ///< a directory
    exposed,           ///< others may read it: "UNPROTECTED PRIVATE KEY FILE"
    public_key,        ///< holds the public key
    malformed,         ///< no private key, or a damaged one
    encrypted,         ///< needs a passphrase
    wrong_passphrase,  ///< the given one does not open it
    unsupported,       ///< a type, format or cipher that can't be used
};

/// `what()` is "FILE: reason (way out)", in words for the user.
class key_error : public std::runtime_error {
  public:
    key_error(key_fault error, std::string const& file, std::string const& reason)
        : std::runtime_error(file + ": " + reason), fault_(error) {}
    key_fault fault() const noexcept { return fault_; }

  private:
    key_fault fault_;
};

}  // namespace muster::ssh
