// SPDX-License-Identifier: MIT
// Owners for libcrypto's objects, and its failure as an exception.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace muster::ssh {

/// libcrypto failed where only memory or a broken installation can be the reason, or data that makes no key.
struct crypto_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <auto release>
struct crypto_deleter {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};

using pkey_handle = std::unique_ptr<EVP_PKEY, crypto_deleter<EVP_PKEY_free>>;
using pkey_context = std::unique_ptr<EVP_PKEY_CTX, crypto_deleter<EVP_PKEY_CTX_free>>;
using digest_context = std::unique_ptr<EVP_MD_CTX, crypto_deleter<EVP_MD_CTX_free>>;
using cipher_handle = std::unique_ptr<EVP_CIPHER, crypto_deleter<EVP_CIPHER_free>>;
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, crypto_deleter<EVP_CIPHER_CTX_free>>;
using mac_handle = std::unique_ptr<EVP_MAC, crypto_deleter<EVP_MAC_free>>;
using mac_context = std::unique_ptr<EVP_MAC_CTX, crypto_deleter<EVP_MAC_CTX_free>>;
using number = std::unique_ptr<BIGNUM, crypto_deleter<BN_clear_free>>;
using number_context = std::unique_ptr<BN_CTX, crypto_deleter<BN_CTX_free>>;
using ecdsa_signature = std::unique_ptr<ECDSA_SIG, crypto_deleter<ECDSA_SIG_free>>;
using bio_handle = std::unique_ptr<BIO, crypto_deleter<BIO_free_all>>;

}  // namespace muster::ssh
