// SPDX-License-Identifier: MIT
// SHA-256 by libcrypto.
#include "ledger/command_hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>

#include <fmt/format.h>

#include <muster/error.hpp>

namespace muster::ledger {

std::string command_hash(std::string const& command) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    std::size_t size = 0;
    if (EVP_Q_digest(nullptr, "SHA256", nullptr, command.data(), command.size(), digest.data(), &size) != 1)
        throw error(exit_status::local_error, "libcrypto has no SHA-256");
    std::string text = "sha256:";
    for (std::size_t i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
}

}  // namespace muster::ledger
