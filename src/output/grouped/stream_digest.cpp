// SPDX-License-Identifier: MIT
// GMAC by libcrypto, piece by piece.
#include "output/grouped/stream_digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <new>
#include <string>

#include <muster/error.hpp>

namespace muster::output {

namespace {

using block = std::array<unsigned char, 16>;
using nonce = std::array<unsigned char, 12>;

/// One nonce serves all: a digest never leaves the process.
bool set_key(EVP_MAC_CTX* context) {
    block key;
    nonce once;
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) return false;
    if (RAND_bytes(once.data(), static_cast<int>(once.size())) != 1) return false;
    std::string cipher = "AES-128-GCM";
    OSSL_PARAM const terms[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, once.data(), once.size()),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(context, key.data(), key.size(), terms) == 1;
}

}  // namespace

void digest_key::release::operator()(EVP_MAC_CTX* context) const noexcept {
    EVP_MAC_CTX_free(context);
}

digest_key::digest_key() {
    auto* const kind = EVP_MAC_fetch(nullptr, "GMAC", nullptr);
    keyed_.reset(kind != nullptr ? EVP_MAC_CTX_new(kind) : nullptr);
    EVP_MAC_free(kind);
    if (!keyed_ || !set_key(keyed_.get()))
        throw error(exit_status::local_error, "libcrypto has no GMAC, by which equal output is found");
}

stream_digest::stream_digest(digest_key const& key) : context_(EVP_MAC_CTX_dup(key.keyed_.get())) {
    if (!context_) throw std::bad_alloc();
}

void stream_digest::add(std::string_view bytes) noexcept {
    EVP_MAC_update(context_.get(), reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
}

std::string stream_digest::finish() {
    block digest;
    std::size_t size = 0;
    EVP_MAC_final(context_.get(), digest.data(), &size, digest.size());
    return {digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace muster::output
