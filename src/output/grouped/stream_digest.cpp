// SPDX-License-Identifier: MIT
// SHA-256 by libcrypto, piece by piece.
#include "output/grouped/stream_digest.hpp"

#include <openssl/evp.h>

#include <array>

#include <muster/error.hpp>

namespace muster::output {

struct stream_digest::state {
    state() : context(EVP_MD_CTX_new()) {
        if (context == nullptr || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1)
            throw error(exit_status::local_error, "libcrypto has no SHA-256");
    }
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() { EVP_MD_CTX_free(context); }

    EVP_MD_CTX* context;
};

stream_digest::stream_digest() : state_(std::make_unique<state>()) {}
stream_digest::~stream_digest() = default;
stream_digest::stream_digest(stream_digest&&) noexcept = default;
stream_digest& stream_digest::operator=(stream_digest&&) noexcept = default;

void stream_digest::add(std::string_view bytes) noexcept {
    EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string stream_digest::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context, digest.data(), &size);
    return {digest.begin(), digest.begin() + size};
}

}  // namespace muster::output
