// SPDX-License-Identifier: MIT
// The shared secret of a curve25519 key exchange (RFC 8731) without a multiplication that nobody asked for.
// libssh2 1.11.1 keeps its private half as bytes and makes a key of them again, for which libcrypto computes the public
// half, too: a sixth of the public-key work of a connection. The linker puts this function in front of libssh2's own
// (--wrap).
#ifdef MUSTER_LIBSSH2_PRIVATE

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "libcrypto.hpp"

namespace muster::ssh {

extern "C" {

int __real__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs);
int __wrap__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs);
}

namespace {

constexpr std::size_t curve_size = 32;

/// A key of these halves. libcrypto does not look whether they belong together.
pkey_handle whole_key(std::uint8_t* private_half, std::uint8_t* public_half) {
    std::array<OSSL_PARAM, 3> halves{
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, private_half, curve_size),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_half, curve_size),
        OSSL_PARAM_construct_end()};
    pkey_context const maker{EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, nullptr)};
    EVP_PKEY* made = nullptr;
    if (maker && EVP_PKEY_fromdata_init(maker.get()) == 1) {
        EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, halves.data());
    }
    return pkey_handle{made};
}

/// False also for what RFC 8731 section 3 forbids, a secret of zeros.
bool derive(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs) {
    pkey_handle const peer{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, theirs, curve_size)};
    // Any public half will do: the secret comes of our private and their public one.
    pkey_handle const own = whole_key(ours, theirs);
    pkey_context const derivation{own ? EVP_PKEY_CTX_new(own.get(), nullptr) : nullptr};
    std::array<std::uint8_t, curve_size> shared{};
    std::size_t size = shared.size();
    bool const done = peer && derivation && EVP_PKEY_derive_init(derivation.get()) == 1 &&
                      EVP_PKEY_derive_set_peer(derivation.get(), peer.get()) == 1 &&
                      EVP_PKEY_derive(derivation.get(), shared.data(), &size) == 1 && size == shared.size() &&
                      BN_bin2bn(shared.data(), static_cast<int>(size), *secret) != nullptr;
    OPENSSL_cleanse(shared.data(), shared.size());
    return done;
}

}  // namespace

int __wrap__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs) {
    bool const done = secret != nullptr && *secret != nullptr && derive(secret, ours, theirs);
    return done ? 0 : __real__libssh2_curve25519_gen_k(secret, ours, theirs);
}

}  // namespace muster::ssh

#endif
